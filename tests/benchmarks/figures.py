"""One figure of a benchmark: ours beside a baseline, and whether that reaches the goal. Printed as one line of JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass
class Figure:
    """ours, baseline: medians in `unit`. ratio: ours to baseline, None without one. goal: a bound in words.

    holds: None when the goal could not be judged; `more` says why, and has what else was measured.
    """

    name: str
    unit: str
    ours: float
    baseline: float | None
    goal: str
    ratio: float | None = None
    holds: bool | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ours = round(self.ours, 2)
        if self.baseline:
            self.ratio = round(self.ours / self.baseline, 2)
            self.baseline = round(self.baseline, 2)

    def ratio_at_most(self, bound: float) -> "Figure":
        """Judge the ratio."""
        self.holds = self.ratio <= bound if self.ratio is not None else None
        return self

    def ratio_at_least(self, bound: float) -> "Figure":
        """Judge the ratio."""
        self.holds = self.ratio >= bound if self.ratio is not None else None
        return self

    def line(self) -> str:
        """The figure as JSON, without what does not apply."""
        record = asdict(self)
        return json.dumps(record | record.pop("more"), ensure_ascii=False)


def middle(values: Iterable[float]) -> float:
    """The median, rounded."""
    return round(median(values), 2)
