"""How alike texts are letter by letter: what is left of a word after a slip of the finger is most of its n-grams."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
# Lengths of the n-grams, a word's two ends being letters of their own.
_SHORTEST, _LONGEST = 2, 4


def ngrams(text: str) -> Counter[str]:
    """The n-grams of a text's words, with how often each occurs."""
    words = [f"#{word}#" for word in _WORD.findall(text.casefold())]
    return Counter(
        word[start : start + length]
        for word in words
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(len(word) - length + 1)
    )


def distinct(texts: Iterable[str]) -> list[str]:
    """The texts in their order, each once, whatever its case and spaces; empty ones left out."""
    found: dict[str, str] = {}
    for text in texts:
        tidy = " ".join(text.split())
        if tidy:
            found.setdefault(tidy.casefold(), tidy)
    return list(found.values())


class Spellings:
    """Texts as weighted n-grams (tf-idf), to be compared with others by cosine."""

    def __init__(self, texts: list[str]) -> None:
        counts = [ngrams(text) for text in texts]
        self._size = len(texts)
        spread = Counter(gram for count in counts for gram in count)
        self._rarity = {gram: self._idf(texts) for gram, texts in spread.items()}
        where: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            weights = self._weights(count)
            length = _length(weights)
            for gram, weight in weights.items():
                where[gram].append((number, weight / length))
        self._where = {
            gram: (np.array([number for number, _ in found]), np.array([weight for _, weight in found]))
            for gram, found in where.items()
        }

    def compare(self, text: str) -> NDArray[np.float64]:
        """The cosine of `text` with each of the texts, 0 to 1: shape (texts,)."""
        weights = self._weights(ngrams(text))
        length = _length(weights)
        shared = [(*self._where[gram], weight / length) for gram, weight in weights.items() if gram in self._where]
        if not shared:
            return np.zeros(self._size)
        numbers = np.concatenate([numbers for numbers, _, _ in shared])
        products = np.concatenate([theirs * ours for _, theirs, ours in shared])
        return np.asarray(np.bincount(numbers, products, self._size), np.float64)

    def _weights(self, counts: Counter[str]) -> dict[str, float]:
        """The rarer, the heavier; what no text has is as heavy as can be."""
        unknown = self._idf(0)
        return {gram: (1 + math.log(count)) * self._rarity.get(gram, unknown) for gram, count in counts.items()}

    def _idf(self, texts: int) -> float:
        """The weight of an n-gram that so many of the texts have."""
        return 1 + math.log((1 + self._size) / (1 + texts))


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
