"""Making the index anew beside the live one, and putting it in its place in one commit."""
