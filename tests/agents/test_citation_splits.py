"""However the model's text is cut into pieces, the customer sees the same."""

import uuid
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.citations import CitationFilter
from knowledge.retrieval import Passage

PASSAGES = [Passage(uuid.uuid4(), uuid.uuid4(), 1, "", "", "", str(n), 1.0, 1.0, 1.0, 1.0) for n in range(2)]

# What the filter looks at, in any order.
texts = st.lists(
    st.sampled_from(["[", "]", "1", "2", "9", "12", "[1]", "[2]", "[9]", "`", "```", " ", "\n", "\n\n", "word", "."]),
    max_size=20,
).map("".join)


def filtered(pieces: list[str]) -> tuple[str, list[int]]:
    citations = CitationFilter(PASSAGES)
    shown = "".join(citations.feed(piece) for piece in pieces)
    return shown + citations.finish(), citations.cited


@settings(max_examples=400, deadline=None, database=None)
@given(texts, st.lists(st.integers(0, 60), max_size=12))
@example("line\n", [5])
@example("a [1]", [2, 3, 4])
@example("a [9]", [2])
@example("a ``[1]`` b", [3, 4, 8])
def test_any_split_gives_the_same_as_the_whole(text, cuts):
    """Red when `_PARTIAL_MARK` ends in `$` (a line break at a piece's end is lost), or holds back no space."""
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    assert filtered(pieces) == filtered([text])


@settings(max_examples=200, deadline=None, database=None)
@given(texts)
def test_one_character_at_a_time_gives_the_same_as_the_whole(text):
    assert filtered(list(text)) == filtered([text])


@settings(max_examples=200, deadline=None, database=None)
@given(texts)
def test_what_is_not_a_mark_is_never_lost(text):
    """Red when `_take` does not hold back a run of backticks."""
    shown, _ = filtered(list(text))
    assert shown.count("word") == text.count("word")
    assert shown.count("\n") == text.count("\n")
    assert shown.count("`") == text.count("`")


def test_no_more_than_a_possible_mark_is_held_back():
    citations = CitationFilter(PASSAGES)
    assert citations.feed("Refunds take ") == "Refunds take"
    assert citations.feed("14 days [") == " 14 days"
    assert citations.feed("1") == ""
    assert citations.feed("].") == " [1]."
