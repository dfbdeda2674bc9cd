"""Recognising a question: what its score does, and how fast it is."""

import time

import numpy as np
import pytest

from knowledge.curated.recogniser import Example, Recogniser, confidence
from knowledge.curated.spelling import Spellings, distinct


def vectors(count, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_a_phrasing_is_recognised_and_the_unlike_is_not():
    drawn = vectors(6)
    examples = [Example(index % 3, f"text number {index}", drawn[index]) for index in range(6)]
    recogniser = Recogniser(examples)
    for example in examples:
        best = recogniser.guess(example.text, example.vector)[0]
        assert (best.label, best.phrasing) == (example.label, example.text)
    assert recogniser.guess("zebra", vectors(1, seed=9)[0])[0].confidence < 0.05


def test_misspelt_words_keep_most_of_their_likeness():
    """Red when n-grams of one length, that of the words, are compared."""
    cosines = Spellings(["cancel my order", "change my address"]).compare("cancle my oder")
    assert cosines[0] > 0.4 > cosines[1]
    assert Spellings(["refund"]).compare("refund")[0] == pytest.approx(1.0)
    assert Spellings(["refund"]).compare("")[0] == 0.0


def test_confidence_is_shared_with_rivals():
    alone, contested = confidence(np.array([9.0, 0.0])), confidence(np.array([9.0, 9.0]))
    assert alone[0] > 0.85
    assert contested[0] == contested[1] < 0.5
    assert confidence(np.array([9.0])).shape == (1,)


def test_texts_are_counted_once_whatever_their_case():
    assert distinct([" Prices ", "prices", "", "How  much?"]) == ["Prices", "How much?"]


def test_a_thousand_phrasings_are_compared_in_milliseconds():
    """A bound for a machine that is busy with other things; docs/abstention.md has the figures of a calm one."""
    drawn = vectors(1_000)
    recogniser = Recogniser(
        [Example(index // 5, f"how do I get thing {index} done", drawn[index]) for index in range(1_000)]
    )
    times = []
    for index in range(20):
        started = time.perf_counter()
        recogniser.guess(f"how do I do thing {index}", drawn[index])
        times.append(time.perf_counter() - started)
    assert min(times) < 0.01
