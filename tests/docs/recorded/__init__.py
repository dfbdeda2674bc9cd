"""docs/recorded-conversation.md: one conversation, played against the running product and written down."""
