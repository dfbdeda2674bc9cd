# ruff: noqa: E402 - the models it imports need Django set up first
"""`python -m tests.escalation.calibrate`: the figures of agents/escalation/calibration.py, and what they are worth.

Calibrated on agents/escalation/phrasings.jsonl, each phrasing judged by a recogniser that was made without it, and on the
development questions of tests/golden, which mean neither. held_out.jsonl, and the other questions of tests/golden, are only measured. Takes
about half a minute.
"""

import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import numpy as np
from scipy.optimize import minimize

from agents.escalation import phrasings
from agents.escalation.phrasings import MEANINGS, Phrasing
from agents.escalation.wording import Recogniser
from agents.evaluation.questions import read
from knowledge.embeddings import backend
from tests.golden import FOLDER as GOLDEN

HERE = Path(__file__).parent
HELD_OUT = HERE / "held_out.jsonl"
# The kinds of golden questions that are of the product, or of something else altogether.
OF_NEITHER = ("answer", "feature", "unrelated")
FOLDS = 10
# Of what means neither, so much may be taken for it.
FALSE_ALARMS = 0.02


@dataclass(frozen=True)
class Judged:
    """features: (texts, meanings, 2). means: (texts, meanings)."""

    features: np.ndarray
    means: np.ndarray


def questions(folder: Path, *kinds: str) -> list[Phrasing]:
    """Golden questions of these kinds, or all: they mean neither."""
    return [Phrasing(one.question, frozenset()) for one in read(folder) if not kinds or one.kind in kinds]


def embedded(examples: list[Phrasing]) -> np.ndarray:
    return np.array([one.vector for one in backend().encode_many([example.text for example in examples])])


def judged(recogniser: Recogniser, asked: list[Phrasing], vectors: np.ndarray) -> Judged:
    features = [recogniser.features(one.text, vector) for one, vector in zip(asked, vectors, strict=True)]
    means = [[meaning in one.means for meaning in MEANINGS] for one in asked]
    return Judged(np.array(features), np.array(means))


def set_aside(examples: list[Phrasing], vectors: np.ndarray) -> Judged:
    """Each phrasing as those of the other nine tenths judge it."""
    fold = np.random.default_rng(7).permutation(len(examples)) % FOLDS
    parts, order = [], []
    for number in range(FOLDS):
        kept, aside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        recogniser = Recogniser([examples[index] for index in kept], vectors[kept])
        parts.append(judged(recogniser, [examples[index] for index in aside], vectors[aside]))
        order.append(aside)
    back = np.argsort(np.concatenate(order))
    features, means = (np.concatenate([getattr(part, name) for part in parts])[back] for name in ("features", "means"))
    return Judged(features, means)


def fit(each: Judged, number: int) -> np.ndarray:
    """The weights under which what the phrasings mean is most likely, both kinds weighing the same."""
    features, means = each.features[:, number, :], each.means[:, number]
    weight = np.where(means, 0.5 / means.sum(), 0.5 / (~means).sum())
    heard = MEANINGS[number] == "anger"

    def loss(theta: np.ndarray) -> float:
        score = features @ theta[:2] + theta[2] if heard else features[:, 0] * theta[0] + theta[2]
        return float(weight @ np.logaddexp(0, np.where(means, -score, score)) + 1e-4 * (theta[:2] ** 2).sum())

    theta = minimize(loss, np.array([3.0, 1.0 if heard else 0.0, 0.0]), method="BFGS").x
    return theta if heard else theta * [1, 0, 1]


def likely(each: Judged, number: int, theta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(each.features[:, number, :] @ theta[:2] + theta[2])))


def threshold(each: Judged, number: int, theta: np.ndarray) -> float:
    """The lowest likelihood that at most FALSE_ALARMS of what does not mean it reach."""
    alarms = likely(each, number, theta)[~each.means[:, number]]
    return float(next(at for at in np.arange(0.3, 1, 0.01) if (alarms >= at).mean() <= FALSE_ALARMS))


def quality(each: Judged, number: int, theta: np.ndarray, at: float) -> str:
    taken, means = likely(each, number, theta) >= at, each.means[:, number]
    right = int((taken & means).sum())
    return (
        f"precision {right / max(1, taken.sum()):.3f} ({right} of {taken.sum()}), "
        f"recall {right / max(1, means.sum()):.3f} ({right} of {means.sum()}), "
        f"false alarms {int((taken & ~means).sum())} of {int((~means).sum())}"
    )


def main() -> None:
    examples, development = phrasings.read(), questions(GOLDEN / "dev")
    vectors = embedded(examples)
    recogniser = Recogniser(examples, vectors)
    parts = [set_aside(examples, vectors), judged(recogniser, development, embedded(development))]
    seen = Judged(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "means")))
    held_out, others = phrasings.read(HELD_OUT), questions(GOLDEN, *OF_NEITHER)
    tests = {
        name: judged(recogniser, asked, embedded(asked))
        for name, asked in {"held out": held_out, "golden": others}.items()
    }
    for number, meaning in enumerate(MEANINGS):
        theta = fit(seen, number)
        at = threshold(seen, number, theta)
        print(f"{meaning}: WEIGHTS {', '.join(f'{one:.2f}' for one in theta)}  LIKELY {at:.2f}")
        for name, each in {"set aside": seen, **tests}.items():
            print(f"  {name}: {quality(each, number, theta, at)}")


if __name__ == "__main__":
    main()
