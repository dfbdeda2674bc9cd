"""Late interaction: each word of a question finds its best match among the words of a passage.

One vector per chunk blurs what it says; a vector per word, in its context, keeps it (ColBERT: Khattab & Zaharia, 2020).
The words are the embedding model's own token vectors, kept as one sign bit per dimension: 48 bytes a word, which ranked
as well as 1,536 in our measurements (docs/retrieval.md). The question's vectors stay as they are.
"""

import math

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import Words


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
        # Signs are ±1, bits are 0 and 1: signs @ question = 2 · bits @ question - sum(question).
        cosines = 2 * (np.unpackbits(bits, axis=1).astype(np.float32) @ question.T) - question.sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
        result[filled] = np.maximum.reduceat(cosines, starts, axis=0) / math.sqrt(dimensions)
    return result
