"""AI turns at 1, 20 and 50 at a time: what one costs, when its first word is there, how many a second.

Rounds are interleaved, server by server, and medians are compared: the machine's mood hits all alike. Once with the
embedding model, and once with a fixed vector in its place, which shows what is ours.
"""

from collections import defaultdict
from collections.abc import Iterator
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


def run(stage: Stage, *, quick: bool) -> Iterator[Figure]:
    """Figures of CPU and first delta against bare, and of throughput against the usual stack."""
    size = QUICK if quick else FULL
    names = [name for name in ("ours", "bare", "seed") if not stage.missing(name)]
    outcomes = _measure(stage, size, names)
    for concurrency in size.turns:
        yield _figure(outcomes, "turn_cpu", "ms", "bare", concurrency, _cpu_ms).ratio_at_most(1.2)
        yield _figure(outcomes, "first_delta_p50", "ms", "bare", concurrency, _first_delta).ratio_at_most(1.2)
        yield _figure(outcomes, "turns_per_second", "1/s", "seed", concurrency, _rate).ratio_at_least(1.5)


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


def _figure(outcomes: Outcomes, name, unit, baseline, concurrency, read) -> Figure:
    """The figure with the model (if it was measured), and all else that was seen beside it."""

    def of(server: str, fixed: bool) -> float | None:
        seen = outcomes.get((server, fixed, concurrency))
        return middle(read(outcome) for outcome in seen) if seen else None

    fixed = ("ours", False, concurrency) not in outcomes
    ours = of("ours", fixed)
    assert ours is not None
    goal = "ours / seed ≥ 1.5" if baseline == "seed" else "ours / bare ≤ 1.2"
    figure = Figure(f"{name}_at_{concurrency}", unit, ours, of(baseline, fixed), goal)
    figure.more["baseline_is"] = baseline
    if not fixed:
        bare_ours, bare_baseline = of("ours", True), of(baseline, True)
        ratio = round(bare_ours / bare_baseline, 2) if bare_ours and bare_baseline else None
        figure.more["without_embedding"] = {"ours": bare_ours, "baseline": bare_baseline, "ratio": ratio}
    if name == "turn_cpu":
        figure.more["details"] = {
            server + (" without embedding" if is_fixed and not fixed else ""): {
                key: middle(get(outcome) for outcome in seen) for key, get in _DETAILS.items()
            }
            for (server, is_fixed, at), seen in outcomes.items()
            if at == concurrency
        }
    return figure
