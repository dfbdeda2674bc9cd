"""What asking the model costs, in tokens and money, and the limits of it."""
