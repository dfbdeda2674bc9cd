"""How well questions are recognised, and how well it is noticed that one is not among them.

The files are those of HINT3 (Arora et al., 2020): train.jsonl of {text, intent}, and queries.jsonl of {text, intent,
out_of_scope}. Each intent stands for a curated answer, its texts for that answer's phrasings.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from knowledge.curated.calibration import RECOGNISED, SURE
from knowledge.curated.recogniser import Example, Recogniser
from knowledge.curated.spelling import distinct
from knowledge.embeddings import backend
from knowledge.evaluation import metrics
from knowledge.evaluation.jsonl import BadCollection, rows, text

# The class of what no intent is meant for.
NONE = None


@dataclass(frozen=True)
class Asked:
    """A question, and the intent that it has; None when it is out of scope."""

    text: str
    intent: str | None


@dataclass(frozen=True)
class Intents:
    """phrasings: (text, intent). questions: what is asked."""

    phrasings: list[tuple[str, str]]
    questions: list[Asked]


@dataclass(frozen=True)
class Outcome:
    """The intent that was right, and the one that was recognised (None: none of them).

    sure: whether it was recognised so surely that its answer is given though a model could read afresh. ms: how long
    recognising took, without the embedding.
    """

    right: str | None
    recognised: str | None
    sure: bool
    ms: float


def read(folder: Path) -> Intents:
    """The files in `folder`. Raises BadCollection."""
    train = folder / "train.jsonl"
    phrasings = [(text(row, "text", where), text(row, "intent", where)) for where, row in rows(train)]
    questions = [
        Asked(text(row, "text", where), NONE if _out_of_scope(row, where) else text(row, "intent", where))
        for where, row in rows(folder / "queries.jsonl")
    ]
    if not phrasings or not questions:
        raise BadCollection(f"{folder}: there are no phrasings, or no questions.")
    return Intents(phrasings, questions)


def _out_of_scope(row: dict[str, object], where: str) -> bool:
    value = row.get("out_of_scope")
    if not isinstance(value, bool):
        raise BadCollection(f"{where}: 'out_of_scope' must be true or false.")
    return value


def recogniser(intents: Intents) -> Recogniser[str]:
    """What would compare questions with the phrasings, were the intents curated answers. Embeds the phrasings."""
    by_intent: dict[str, list[str]] = {}
    for phrasing, intent in intents.phrasings:
        by_intent.setdefault(intent, []).append(phrasing)
    examples = [(phrasing, intent) for intent, texts in by_intent.items() for phrasing in distinct(texts)]
    vectors = [encoded.vector for encoded in backend().encode_many([phrasing for phrasing, _ in examples])]
    return Recogniser([Example(one[1], one[0], vector) for one, vector in zip(examples, vectors, strict=True)])


def ask(recogniser: Recogniser[str], questions: list[Asked]) -> Iterator[Outcome]:
    """What becomes of each question."""
    for asked in questions:
        vector = backend().encode(asked.text).vector
        started = time.perf_counter()
        best = recogniser.guess(asked.text, vector)[0]
        ms = (time.perf_counter() - started) * 1000
        yield Outcome(asked.intent, best.label if best.confidence >= RECOGNISED else NONE, best.confidence >= SURE, ms)


def measure(outcomes: list[Outcome]) -> dict[str, float]:
    """accuracy, in_scope_accuracy, out_of_scope_recall and MCC of all questions; times as percentiles.

    sure_share: of the questions in scope, those that were surely and rightly recognised. sure_precision: of those surely
    recognised, the right ones; 1 when there are none.
    """
    in_scope = [one for one in outcomes if one.right is not NONE]
    out_of_scope = [one for one in outcomes if one.right is NONE]
    sure = [one for one in outcomes if one.sure]
    times = [one.ms for one in outcomes]
    return {
        "accuracy": _share_right(outcomes),
        "in_scope_accuracy": _share_right(in_scope),
        "out_of_scope_recall": _share_right(out_of_scope),
        "MCC": correlation([(one.right, one.recognised) for one in outcomes]),
        "sure_precision": _share_right(sure),
        "sure_share": sum(one.sure and one.right == one.recognised for one in in_scope) / max(len(in_scope), 1),
        "p50_ms": metrics.percentile(times, 0.5),
        "p95_ms": metrics.percentile(times, 0.95),
    }


def _share_right(outcomes: list[Outcome]) -> float:
    """1 when there are none: nothing was wrong."""
    return sum(one.right == one.recognised for one in outcomes) / len(outcomes) if outcomes else 1.0


def correlation(pairs: list[tuple[str | None, str | None]]) -> float:
    """The Matthews correlation coefficient of (right, recognised), for many classes, None being one (Gorodkin, 2004).

    Between -1 and 1; 0 when all are of one class, or all are recognised as one.
    """
    right, recognised = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    total, hits = len(pairs), sum(one == other for one, other in pairs)
    covariance = hits * total - sum(right[name] * recognised[name] for name in right)
    spread = (total**2 - _squares(recognised)) * (total**2 - _squares(right))
    return covariance / sqrt(spread) if spread else 0.0


def _squares(counts: Counter[str | None]) -> int:
    return sum(count**2 for count in counts.values())
