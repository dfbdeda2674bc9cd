"""What the embedding model says about texts, and which of its tokens are words."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vector = NDArray[np.float32]
Words = NDArray[np.float32]


@dataclass(frozen=True)
class Encoded:
    """A text as the model sees it, in unit vectors, so that inner product is cosine similarity.

    vector: the whole text, shape (dimensions,). words: its words and parts of words, each in its context, in
    reading order and without punctuation, shape (n, dimensions).
    """

    vector: Vector
    words: Words


def word_mask(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """For each token id, whether it is a word or a part of one."""
    vocabulary = tokenizer.get_vocab()
    is_word = np.zeros(max(vocabulary.values()) + 1, bool)
    for token, index in vocabulary.items():
        is_word[index] = bool(re.search(r"\w", token))
    is_word[[index for index, token in tokenizer.get_added_tokens_decoder().items() if token.special]] = False
    return is_word


def encoded(vector: Vector, tokens: Words, are_words: NDArray[np.bool_]) -> Encoded:
    """From the model's output for one text, unpadded: the text's vector, and one for each token."""
    return Encoded(_unit(vector), _unit(tokens[are_words]))


def _unit(vectors: Vector) -> Vector:
    """The vectors at length 1, in memory of their own."""
    return np.array(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)
