"""Late interaction: each word of a question finds its best match among the words of a passage.

One vector per chunk blurs what it says; a vector per word, in its context, keeps it (ColBERT: Khattab & Zaharia, 2020).
The words are the embedding model's own token vectors, kept as one sign bit per dimension: 48 bytes a word, which ranked
as well as 1,536 in our measurements (docs/retrieval.md). The question's vectors stay as they are.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from knowledge.words import Words

# The signs of each byte: ±1 for each of its bits.
_SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1
# Words at a time: their signs stay in the processor's cache.
_BLOCK = 256


def pack(words: Words) -> bytes:
    """The sign bits of words, shape (n, dimensions): `dimensions / 8` bytes each, in reading order."""
    return np.packbits(words > 0, axis=1).tobytes()


def best_matches(question: Words, packed: list[bytes]) -> NDArray[np.float32]:
    """How well each word of the question is matched by each passage: shape (passages, question's words).

    That is the (approximate) cosine of the passage's word that is nearest, about -1 to 1; 0 where a passage has no word.
    """
    dimensions = question.shape[1]
    result = np.zeros((len(packed), len(question)), np.float32)
    lengths = np.array([len(words) * 8 // dimensions for words in packed])
    filled = np.flatnonzero(lengths)
    if len(filled) and len(question):
        bits = np.frombuffer(b"".join(packed), np.uint8).reshape(-1, dimensions // 8)
        cosines = np.concatenate([_products(block, question) for block in _blocks(bits)])
        starts = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
        result[filled] = np.maximum.reduceat(cosines, starts, axis=0) / math.sqrt(dimensions)
    return result


def _blocks(bits: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(bits), _BLOCK):
        yield bits[start : start + _BLOCK]


def _products(bits: NDArray[np.uint8], question: Words) -> NDArray[np.float32]:
    """Each word's signs times each word of the question."""
    return _SIGNS.take(bits, axis=0).reshape(len(bits), -1) @ question.T
