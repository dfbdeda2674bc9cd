"""Which known question a text asks, and how sure that is.

Kernel regression (the mean of a Gaussian process: Rasmussen & Williams, 2006, 2.2): each answer has a function that is 1 at
its phrasings, 0 at the others' and falls to 0 away from all. Where two answers contend neither comes near 1, and what is
unlike everything stays near 0. How near two texts are is a sum of their meaning (the embedding) and their spelling. The
score adds the best spelling alone. How all was chosen: docs/abstention.md.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge.curated.calibration import BIAS, FIT, SPELLING
from knowledge.curated.spelling import Spellings
from knowledge.words import Vector

L = TypeVar("L", bound=Hashable)
Floats = NDArray[np.float64]

# The kernel: how fast likeness in meaning falls with the cosine, and the share of spelling.
_SHARPNESS, _SPELLING_SHARE = 4.0, 0.3
# How much a phrasing may be contradicted by those around it; also what makes the equations solvable.
_NOISE = 0.1


@dataclass(frozen=True)
class Example(Generic[L]):
    """A phrasing of the question that `label` stands for."""

    label: L
    text: str
    vector: Vector


@dataclass(frozen=True)
class Guess(Generic[L]):
    """A question that may be meant. score: what calibration weighs. phrasing: its nearest one.

    confidence: how probably it is meant, rather than nothing that is known or what is next likely, 0 to 1.
    """

    label: L
    phrasing: str
    score: float
    confidence: float


class Recogniser(Generic[L]):
    """Made of examples; making it takes about a second for 2,000."""

    def __init__(self, examples: Sequence[Example[L]]) -> None:
        self._examples = list(examples)
        self.labels = list(dict.fromkeys(example.label for example in examples))
        number = {label: index for index, label in enumerate(self.labels)}
        self._label_of = np.array([number[example.label] for example in examples])
        self._vectors = np.array([example.vector for example in examples])
        self._spellings = Spellings([example.text for example in examples])
        spelling = np.array([self._spellings.compare(example.text) for example in examples])
        likeness = _kernel(self._vectors @ self._vectors.T, spelling)
        targets = np.eye(len(self.labels))[self._label_of]
        self._weights = np.linalg.solve(likeness + _NOISE * np.eye(len(examples)), targets)

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self._examples)

    def features(self, text: str, vector: Vector) -> tuple[Floats, Floats]:
        """For each label how well it fits, about 0 to 1, and the best cosine of spelling; shape (labels,) each."""
        fit, spelling, _ = self._compare(text, vector)
        return fit, spelling

    def guess(self, text: str, vector: Vector, most: int = 1) -> list[Guess[L]]:
        """What may be meant, best first; the first one's confidence is the one that counts."""
        fit, spelling, likeness = self._compare(text, vector)
        scores = FIT * fit + SPELLING * spelling
        order = np.argsort(-scores, kind="stable")[:most]
        confidences = confidence(scores)
        return [
            Guess(self.labels[index], self._nearest(index, likeness), float(scores[index]), float(confidences[index]))
            for index in order
        ]

    def _compare(self, text: str, vector: Vector) -> tuple[Floats, Floats, Floats]:
        cosines = self._spellings.compare(text)
        likeness = _kernel(self._vectors @ vector, cosines)
        spelling = np.zeros(len(self.labels))
        np.maximum.at(spelling, self._label_of, cosines)
        return likeness @ self._weights, spelling, likeness

    def _nearest(self, index: int, likeness: Floats) -> str:
        """The phrasing of a label that is most like the text."""
        own = np.flatnonzero(self._label_of == index)
        return self._examples[int(own[np.argmax(likeness[own])])].text


def confidence(scores: Floats) -> Floats:
    """How probably each is meant: against nothing that is known (BIAS), and the best of the others."""
    if len(scores) == 1:
        rivals = np.array([-np.inf])
    else:
        second, first = np.partition(scores, -2)[-2:]
        rivals = np.where(scores == first, second, first)
    confidences: Floats = 1 / (1 + np.exp(BIAS - scores) + np.exp(rivals - scores))
    return confidences


def _kernel(meaning: NDArray[np.floating], spelling: Floats) -> Floats:
    """How alike texts are, 1 when they are the same, from the cosines of their vectors and of their n-grams."""
    likeness: Floats = (1 - _SPELLING_SHARE) * np.exp(_SHARPNESS * (meaning - 1)) + _SPELLING_SHARE * spelling
    return likeness
