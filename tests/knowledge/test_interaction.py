"""Late interaction: each word of a question finds its best match in each passage."""

import numpy as np
import pytest

from knowledge.embeddings import backend
from knowledge.interaction import best_matches, pack

DIMENSIONS = 16


def unit(*rows) -> np.ndarray:
    words = np.array(rows, np.float32).reshape(-1, DIMENSIONS)
    return words / np.linalg.norm(words, axis=1, keepdims=True)


def signs(seed: int) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(DIMENSIONS) < 0.5, -1.0, 1.0)


A, B, C = signs(1), signs(2), signs(3)


def test_a_word_takes_a_bit_per_dimension():
    assert len(pack(unit(A, B, C))) == 3 * DIMENSIONS / 8


def test_a_word_matches_itself_wholly_and_its_opposite_not_at_all():
    """Red when signs are taken as 0 and 1."""
    matches = best_matches(unit(A), [pack(unit(A)), pack(unit(-A))])
    assert matches[:, 0] == pytest.approx([1, -1])


def test_the_best_of_a_passage_counts():
    """Red when `maximum.reduceat` is `add.reduceat`."""
    matches = best_matches(unit(A, B), [pack(unit(B, C, A)), pack(unit(C))])
    assert matches[0] == pytest.approx([1, 1])
    assert matches[1] == pytest.approx([A @ C / DIMENSIONS, B @ C / DIMENSIONS])


def test_passages_keep_to_themselves_also_around_an_empty_one():
    """Red when the offsets of passages without words are not left out."""
    matches = best_matches(unit(A), [pack(unit(B)), b"", pack(unit(A)), b""])
    assert matches[:, 0] == pytest.approx([A @ B / DIMENSIONS, 0, 1, 0])


@pytest.mark.parametrize("packed", [[], [b""], [pack(unit(A))]])
def test_nothing_asked_or_nothing_there(packed):
    assert best_matches(unit(), packed).shape == (len(packed), 0)
    assert best_matches(unit(A), []).shape == (0, 1)


def test_bits_rank_as_the_vectors_do():
    """On real words: the passage that says it comes first."""
    question = backend().encode("How do I get my money back?").words
    texts = ["Refunds are paid within 14 days.", "Our warehouse is in Bern.", "Print the label, then stick it on."]
    passages = [backend().encode(text).words for text in texts]
    exact = [float((words @ question.T).max(axis=0).mean()) for words in passages]
    approximate = best_matches(question, [pack(words) for words in passages]).mean(axis=1)
    assert np.argsort(approximate).tolist() == np.argsort(exact).tolist()
    assert approximate.argmax() == 0


def test_punctuation_and_what_the_model_cannot_read_are_no_words():
    assert len(backend().encode("Why?! 🎉 …").words) == len(backend().encode("why").words) == 1
    assert len(backend().encode("").words) == 0
