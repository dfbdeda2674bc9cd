"""AI turns at 1, 20 and 50 at a time: what one costs, when its first word is there, how many a second.

Rounds are interleaved, server by server, and medians are compared: the machine's mood hits all alike. Once with the
embedding model, and once with a fixed vector in its place, which shows what is ours.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.stage import Outcome, Stage


@dataclass(frozen=True)
class Size:
    """rounds, and the number of turns of a round by concurrency."""

    rounds: int
    turns: dict[int, int]


FULL = Size(5, {1: 25, 20: 100, 50: 150})
QUICK = Size(1, {1: 2, 4: 8})

Outcomes = dict[tuple[str, bool, int], list[Outcome]]


def run(stage: Stage, *, quick: bool, ours: str = "ours") -> Iterator[Figure]:
    """Figures of CPU and first delta against bare, and of throughput against the usual stack. ours: in which form."""
    size = QUICK if quick else FULL
    names = [name for name in dict.fromkeys((ours, "ours", "bare", "seed")) if not stage.missing(name)]
    outcomes = _measure(stage, size, names)
    for concurrency in size.turns:
        seen = Seen(outcomes, ours, concurrency)
        yield seen.figure("turn_cpu", "ms", "bare", _cpu_ms).ratio_at_most(1.2)
        yield seen.figure("first_delta_p50", "ms", "bare", _first_delta).ratio_at_most(1.2)
        yield seen.figure("turns_per_second", "1/s", "seed", _rate).ratio_at_least(1.5)


def _measure(stage: Stage, size: Size, names: list[str]) -> Outcomes:
    outcomes: Outcomes = defaultdict(list)
    kinds = [True] if stage.fixed_only else [False, True]
    for fixed in kinds:
        for name in names:
            # A first round that does not count: pools fill, code is compiled.
            stage.run(stage.server(name, fixed=fixed), "turns", turns=10 if size is FULL else 1, concurrency=5)
    for _ in range(size.rounds):
        for fixed in kinds:
            for concurrency, turns in size.turns.items():
                for name in names:
                    server = stage.server(name, fixed=fixed)
                    outcome = stage.run(server, "turns", turns=turns, concurrency=concurrency)
                    outcomes[name, fixed, concurrency].append(outcome)
    return outcomes


def _cpu_ms(outcome: Outcome) -> float:
    return outcome.server_seconds * 1000 / outcome.seen["turns"]


def _engines_ms(outcome: Outcome) -> float:
    return outcome.engine_seconds * 1000 / outcome.seen["turns"]


def _first_delta(outcome: Outcome) -> float:
    return outcome.seen["first_delta_ms"]["p50"]


def _rate(outcome: Outcome) -> float:
    return outcome.seen["turns_per_second"]


_DETAILS = {
    "cpu_ms": _cpu_ms,
    "database_and_redis_cpu_ms": _engines_ms,
    "ack_p50_ms": lambda outcome: outcome.seen["ack_ms"]["p50"],
    "ack_p95_ms": lambda outcome: outcome.seen["ack_ms"]["p95"],
    "first_delta_p50_ms": _first_delta,
    "first_delta_p95_ms": lambda outcome: outcome.seen["first_delta_ms"]["p95"],
    "turns_per_second": _rate,
    "frames_per_turn": lambda outcome: outcome.seen["frames_per_turn"],
    "rss_mb": lambda outcome: outcome.rss_mb["done"],
}


@dataclass(frozen=True)
class Seen:
    """What was seen with so many turns at a time."""

    outcomes: Outcomes
    ours: str
    concurrency: int

    def figure(self, name: str, unit: str, baseline: str, read: Callable[[Outcome], float]) -> Figure:
        """The figure with the model (if it was measured), and all else that was seen beside it."""
        fixed = (self.ours, False, self.concurrency) not in self.outcomes
        ours = self._middle(self.ours, fixed, read)
        assert ours is not None
        goal = "ours / seed ≥ 1.5" if baseline == "seed" else "ours / bare ≤ 1.2"
        figure = Figure(f"{name}_at_{self.concurrency}", unit, ours, self._middle(baseline, fixed, read), goal)
        figure.more["baseline_is"] = baseline
        if not fixed:
            bare_ours, bare_baseline = self._middle(self.ours, True, read), self._middle(baseline, True, read)
            ratio = round(bare_ours / bare_baseline, 2) if bare_ours and bare_baseline else None
            figure.more["without_embedding"] = {"ours": bare_ours, "baseline": bare_baseline, "ratio": ratio}
        if name == "turn_cpu":
            figure.more["details"] = self._details(fixed)
        return figure

    def _middle(self, server: str, fixed: bool, read: Callable[[Outcome], float]) -> float | None:
        seen = self.outcomes.get((server, fixed, self.concurrency))
        return middle(read(outcome) for outcome in seen) if seen else None

    def _details(self, fixed: bool) -> dict[str, dict[str, float]]:
        return {
            server + (" without embedding" if is_fixed and not fixed else ""): {
                key: middle(get(outcome) for outcome in seen) for key, get in _DETAILS.items()
            }
            for (server, is_fixed, at), seen in self.outcomes.items()
            if at == self.concurrency
        }
