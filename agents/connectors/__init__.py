"""Tools without code: systems that administrators connect in the admin."""
