"""Going in circles: how often the customer has asked the same, and the agent has said the same."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from agents.escalation import vectors

# Earlier messages that are compared.
LOOKED_AT = 10
# From this cosine on two messages ask the same: of the pairs in tests/escalation/test_repeats.py none is on the wrong side.
SAME_QUESTION = 0.8
# The share of word pairs that two answers have in common, of those that either has.
SAME_ANSWER = 0.8
# Shorter messages ("ok", "why?") are no questions that can be asked again.
_LEAST_WORDS = 3

_WORD = re.compile(r"\w+")
_CITATION = re.compile(r"\[\d+\]")


def of_customer(text: str, earlier: Sequence[str]) -> int:
    """How often the customer has now asked this, in the same or other words. Blocks."""
    if len(_WORD.findall(text)) < _LEAST_WORDS:
        return 1
    asked = [one for one in earlier[-LOOKED_AT:] if len(_WORD.findall(one)) >= _LEAST_WORDS]
    if not asked:
        return 1
    now, *before = vectors.of([text, *asked])
    return 1 + sum(float(np.dot(now, vector)) >= SAME_QUESTION for vector in before)


def of_agent(text: str, earlier: Sequence[str]) -> int:
    """How often the agent has now said this."""
    pairs = _pairs(text)
    return 1 + sum(_alike(pairs, _pairs(one)) for one in earlier[-LOOKED_AT:])


def _pairs(text: str) -> set[tuple[str, str]]:
    words = [word.casefold() for word in _WORD.findall(_CITATION.sub("", text))]
    return set(pairwise(words)) or {(word, "") for word in words}


def _alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    either = len(one | other)
    return either > 0 and len(one & other) / either >= SAME_ANSWER
