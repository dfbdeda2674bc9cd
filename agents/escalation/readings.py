"""How likely a text means something."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """likely: 0 to 1. like: the example that the text is most like."""

    likely: float = 0.0
    like: str = ""


NOTHING = Reading()
