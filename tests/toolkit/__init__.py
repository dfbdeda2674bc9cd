"""An app of somebody else's: all it takes to give the agent tools of one's own."""
