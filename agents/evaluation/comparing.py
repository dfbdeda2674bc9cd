"""Two runs over the same folder, question by question."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """What became of the questions that both runs asked.

    lost: those that passed before and do not now. won: the other way round. common: how many both asked.
    fallen: by how much the share of supported sentences fell, 0 or more.
    """

    lost: tuple[str, ...]
    won: tuple[str, ...]
    common: int
    fallen: float

    def regressed(self, tolerance: float) -> bool:
        """Whether more of the common questions was lost than won, or support fell, by more than `tolerance` (a share)."""
        net = (len(self.lost) - len(self.won)) / self.common if self.common else 0.0
        # What is a share of few questions is not exact in floating point.
        return max(net, self.fallen) > tolerance + 1e-9


def compare(
    before: Mapping[str, bool], now: Mapping[str, bool], supported_before: float | None, supported_now: float | None
) -> Comparison:
    """Whether each question passed, then and now, and the shares of supported sentences, None where nothing was said."""
    common = before.keys() & now.keys()
    fell = 0.0 if supported_before is None or supported_now is None else supported_before - supported_now
    return Comparison(
        tuple(key for key in now if key in common and before[key] and not now[key]),
        tuple(key for key in now if key in common and now[key] and not before[key]),
        len(common),
        max(0.0, fell),
    )
