"""How shares went from run to run, as the lines of a small picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.evaluation.figures import Figures

WIDTH, HEIGHT = 600, 160
_LINES = {"passed": "As expected", "right": "Rightly cited", "declined": "Declined"}


@dataclass(frozen=True)
class Line:
    """One figure over time. points: as in an SVG `polyline`. first, last: shares, 0 to 1."""

    name: str
    label: str
    points: str
    first: float
    last: float


@dataclass(frozen=True)
class Plot:
    """Lines in a picture of WIDTH by HEIGHT; 0 % is at the bottom, 100 % at the top."""

    lines: tuple[Line, ...]
    runs: int
    width: int = WIDTH
    height: int = HEIGHT


def plot(runs: Sequence[Figures]) -> Plot | None:
    """The lines of these runs' figures, oldest first; None for fewer than two."""
    if len(runs) < 2:
        return None
    lines = []
    for name, label in _LINES.items():
        shares = [(number, run[name]) for number, run in enumerate(runs) if name in run]
        if len(shares) > 1:
            step = WIDTH / (len(runs) - 1)
            points = " ".join(f"{number * step:.1f},{HEIGHT * (1 - share):.1f}" for number, share in shares)
            lines.append(Line(name, label, points, shares[0][1], shares[-1][1]))
    return Plot(tuple(lines), len(runs))
