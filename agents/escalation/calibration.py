"""What `python -m tests.escalation.calibrate` found; see docs/escalation.md."""

from agents.escalation.phrasings import Meaning

# For each meaning the weights of the score's parts: fit, loudness (agents.escalation.wording), and what is added.
WEIGHTS: dict[Meaning, tuple[float, float, float]] = {"person": (7.41, 0.0, 1.69), "anger": (7.4, 3.5, 2.28)}
# From here on a text counts as meaning it: of phrasings that do not, 1 in 50 comes so far.
LIKELY: dict[Meaning, float] = {"person": 0.73, "anger": 0.77}
