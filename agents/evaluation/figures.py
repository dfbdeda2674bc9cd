"""What a run over golden questions comes to, in numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.evaluation.asking import Asked
from knowledge.evaluation.metrics import percentile

Figures = dict[str, float]


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, read and written, in whatever currency."""

    read: float
    written: float


def summarise(asked: Sequence[Asked], prices: Prices | None) -> Figures:
    """The figures of a run; what there was no question for is left out.

    passed: of all questions, those that came out as expected. right, first_right: of the answerable, those where a cited
    article, or the first one, answers it. declined: of those to be declined. handed_over: of those for a person.
    needless: of all others, those handed over all the same. small_talk: of that. supported: of the answers' sentences,
    those that the claim check passes. Tokens and cost are sums, times milliseconds.
    """
    by_outcome = {
        outcome: [one for one in asked if one.golden.outcome == outcome]
        for outcome in ("answer", "decline", "handoff", "small_talk")
    }
    shares = {
        "passed": _share(one.passed for one in asked),
        "right": _share(one.passed for one in by_outcome["answer"]),
        "first_right": _share(one.first_right for one in by_outcome["answer"]),
        "declined": _share(one.passed for one in by_outcome["decline"]),
        "handed_over": _share(one.passed for one in by_outcome["handoff"]),
        "needless": _share(one.came == "handoff" for one in asked if one.golden.outcome != "handoff"),
        "small_talk": _share(one.passed for one in by_outcome["small_talk"]),
        "supported": _ratio(sum(one.supported for one in asked), sum(one.claims for one in asked)),
    }
    figures = {name: round(value, 4) for name, value in shares.items() if value is not None}
    read, written = sum(one.usage.input_tokens for one in asked), sum(one.usage.output_tokens for one in asked)
    figures |= {"input_tokens": read, "output_tokens": written}
    if prices is not None:
        figures["cost"] = round((read * prices.read + written * prices.written) / 1e6, 6)
    times = [one.ms for one in asked]
    return figures | {"p50_ms": round(percentile(times, 0.5), 1), "p95_ms": round(percentile(times, 0.95), 1)}


def by_kind(asked: Sequence[Asked]) -> dict[str, float]:
    """The share that passed, by kind."""
    kinds = sorted({one.golden.kind for one in asked})
    return {kind: round(_share(one.passed for one in asked if one.golden.kind == kind) or 0.0, 4) for kind in kinds}


def _share(passed: Iterable[bool]) -> float | None:
    counted = list(passed)
    return _ratio(sum(counted), len(counted))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
