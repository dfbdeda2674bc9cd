"""What a curated answer may be."""

MAX_PHRASING = 300
MAX_PHRASINGS = 100
# Of all answers together: what a process keeps in memory, and compares each question with.
MAX_PHRASINGS_IN_ALL = 2_000
# As long as any reply of the agent may be (agents.turn.Limits).
MAX_ANSWER = 8_000
