"""Whether what was found answers the question at all: a logistic model of eight figures.

It was fitted on the development questions of tests/golden (`python -m tests.golden.fit`), never on those it is measured
with. What each figure brings, and what was tried without gain: docs/abstention.md.
"""

import math
from dataclasses import astuple, dataclass

# A word rarer than this (idf) is no more apart from the help centre's own subject than another.
RARE = 4.0


@dataclass(frozen=True)
class Signs:
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


# The bias is such that, of the development questions, as many unanswerable ones are declined as answerable ones are
# answered rightly.
BIAS = -7.96
WEIGHTS = Signs(
    match=7.703,
    lexical=0.055,
    ahead=2.638,
    unknown=-3.28,
    weakest=4.246,
    commonest=0.605,
    nearness=5.554,
    heading=1.427,
)


def confidence(signs: Signs) -> float:
    """The estimated probability, 0 to 1, that the leading passage answers the question."""
    logit = BIAS + math.fsum(weight * value for weight, value in zip(astuple(WEIGHTS), astuple(signs), strict=True))
    return 1 / (1 + math.exp(-logit))
