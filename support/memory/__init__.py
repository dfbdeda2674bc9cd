"""What the agent remembers of a conversation: kept with it, shown to staff, and read by the agent as data."""
