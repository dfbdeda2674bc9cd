"""Whether a text wishes for a person, or is angry, in whatever words.

Kernel regression, as curated answers are recognised (knowledge.curated.recogniser): each meaning has a function that is 1 at
the phrasings which mean it and -1 at the others, by likeness of meaning (the embedding) and of letters. Anger also is
loud: capitals, and marks in a row. A logistic model makes likelihoods of it; how it was calibrated: docs/escalation.md.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from agents import intents
from agents.escalation import example_vectors, phrasings, vectors
from agents.escalation.calibration import WEIGHTS
from agents.escalation.phrasings import MEANINGS, Meaning, Phrasing
from agents.escalation.readings import Reading
from knowledge.curated.spelling import Spellings
from knowledge.embeddings import in_use
from knowledge.model_files import ModelId
from knowledge.words import Vector

Floats = NDArray[np.float64]

# How fast likeness falls with the cosine, the share of spelling, how much a phrasing may be contradicted.
_SHARPNESS, _SPELLING_SHARE, _NOISE = 2.0, 0.3, 0.3
# Of a long text the sentences at its ends are looked at.
_FIRST, _LAST = 2, 4
_LEAST_WORDS = 3

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKS = re.compile(r"[!?]")


class Recogniser:
    """Made of phrasings and their vectors; making it takes some tenths of a second for a thousand."""

    def __init__(self, examples: Sequence[Phrasing], embedded: NDArray[np.float32]) -> None:
        self._examples = list(examples)
        self._vectors = embedded
        self._spellings = Spellings([example.text for example in examples])
        spelling = np.array([self._spellings.compare(example.text) for example in examples])
        likeness = _kernel(embedded @ embedded.T, spelling)
        self._means = np.array([[meaning in example.means for meaning in MEANINGS] for example in examples])
        targets = np.where(self._means, 1.0, -1.0)
        self._weights = np.linalg.solve(likeness + _NOISE * np.eye(len(examples)), targets)

    def features(self, text: str, vector: Vector) -> Floats:
        """Fit and loudness for each of MEANINGS: shape (meanings, 2)."""
        fit = self._likeness(text, vector) @ self._weights
        return np.stack([fit, np.full(len(MEANINGS), loudness(text))], axis=1)

    def read(self, text: str, vector: Vector) -> dict[Meaning, Reading]:
        """What one sentence means."""
        likeness = self._likeness(text, vector)
        fit, loud = likeness @ self._weights, loudness(text)
        readings: dict[Meaning, Reading] = {}
        for number, meaning in enumerate(MEANINGS):
            own = np.flatnonzero(self._means[:, number])
            nearest = self._examples[int(own[np.argmax(likeness[own])])].text
            readings[meaning] = Reading(likelihood(meaning, float(fit[number]), loud), nearest)
        return readings

    def _likeness(self, text: str, vector: Vector) -> Floats:
        return _kernel(self._vectors @ vector, self._spellings.compare(text))


def _kernel(cosines: NDArray[np.floating], spelling: Floats) -> Floats:
    likeness: Floats = (1 - _SPELLING_SHARE) * np.exp(_SHARPNESS * (cosines - 1)) + _SPELLING_SHARE * spelling
    return likeness


def likelihood(meaning: Meaning, fit: float, loud: float) -> float:
    """The calibrated likelihood of a meaning, 0 to 1."""
    by_fit, by_loudness, added = WEIGHTS[meaning]
    return float(1 / (1 + np.exp(-(by_fit * fit + by_loudness * loud + added))))


def loudness(text: str) -> float:
    """How much a text shouts, 0 to 2: the share of words in capitals, and marks beyond the first."""
    words = _WORD.findall(text)
    capitals = sum(word.isupper() for word in words) / len(words) if len(words) > 1 else 0.0
    return capitals + min(2, max(0, len(_MARKS.findall(text)) - 1)) / 2


def read(text: str) -> dict[Meaning, Reading]:
    """What a text means: what its sentence means that means it most. Blocks."""
    sentences = pieces(text)
    if not sentences:
        return dict.fromkeys(MEANINGS, Reading())
    recogniser = _recogniser()
    found = [recogniser.read(one, vector) for one, vector in zip(sentences, vectors.of(sentences), strict=True)]
    for sentence, one in zip(sentences, found, strict=True):
        if intents.asks_in_general(sentence):
            one["person"] = Reading()
    return {meaning: max((one[meaning] for one in found), key=lambda one: one.likely) for meaning in MEANINGS}


def pieces(text: str) -> list[str]:
    """The sentences to look at; one of less than three words goes with the next."""
    sentences: list[str] = []
    short = ""
    for sentence in _SENTENCE_END.split(text[-20 * vectors.MAX_CHARACTERS :]):
        joined = f"{short} {sentence}".strip()
        short = joined if len(joined.split()) < _LEAST_WORDS else ""
        if not short:
            sentences.append(joined)
    if short:
        sentences[-1:] = [f"{sentences[-1]} {short}"] if sentences else [short]
    kept = sentences if len(sentences) <= _FIRST + _LAST else sentences[:_FIRST] + sentences[-_LAST:]
    return [sentence[: vectors.MAX_CHARACTERS] for sentence in kept]


_lock = Lock()


def _recogniser() -> Recogniser:
    with _lock:  # made once, whoever asks first
        return _of_model(in_use())


@lru_cache(2)
def _of_model(model: ModelId) -> Recogniser:
    examples = phrasings.read()
    return Recogniser(examples, example_vectors.load([example.text for example in examples], model))


def warm() -> None:
    """Prepare the comparison, before a customer waits for it. Blocks."""
    with suppress(RuntimeError):  # without an embedding model: /readyz says so
        _recogniser()
