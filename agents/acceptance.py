"""Whether what was found answers the question at all: a logistic model of eight figures.

It was fitted on the development questions of tests/golden (`python -m tests.golden.fit`), never on those it is measured
with. What each figure brings, and what was tried without gain: docs/abstention.md.
"""

import math
from typing import NamedTuple

# Below this confidence the answer is "I don't know".
LEAST = 0.5
# A word rarer than this (idf) is no more apart from the help centre's own subject than another.
RARE = 4.0


class Signs(NamedTuple):
    """What speaks for and against the leading passage.

    match: its late interaction. lexical: its BM25. ahead: its lead over the best other article. unknown: share of the
    question's words that occur nowhere. weakest: how well the word that fits least is matched by anything found.
    commonest: idf of the question's commonest word, RARE at most. nearness: how much nearer it is than what is not meant (cosines).
    heading: cosine of its heading and the question.
    """

    match: float
    lexical: float
    ahead: float
    unknown: float
    weakest: float
    commonest: float
    nearness: float
    heading: float


# The bias is such that 85 % of the unanswerable development questions are declined. The articles were edited with the answerable
# ones, so how many of those are answered rightly says nothing.
BIAS = -11.0
WEIGHTS = Signs(
    match=8.997,
    lexical=0.068,
    ahead=4.669,
    unknown=-4.551,
    weakest=7.826,
    commonest=0.749,
    nearness=4.694,
    heading=2.241,
)


def confidence(signs: Signs) -> float:
    """The estimated probability, 0 to 1, that the leading passage answers the question."""
    logit = BIAS + math.fsum(weight * value for weight, value in zip(WEIGHTS, signs, strict=True))
    return 1 / (1 + math.exp(-logit))
