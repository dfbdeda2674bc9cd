"""Which marks survive in the text, and what they stand for."""

import uuid

import pytest

from agents.citations import CitationFilter
from knowledge.retrieval import Passage


def passage(text: str) -> Passage:
    return Passage(uuid.uuid4(), uuid.uuid4(), 1, "Title", "", "", text, 1.0, 1.0, 1.0, 1.0)


def whole(text: str, passages: int = 3) -> tuple[str, list[int]]:
    """The text after the filter, fed at once, and the indexes it kept note of."""
    citations = CitationFilter([passage(f"passage {number}") for number in range(1, passages + 1)])
    shown = citations.feed(text)
    return shown + citations.finish(), citations.cited


@pytest.mark.parametrize(
    ("text", "shown", "cited"),
    [
        ("Refunds take 14 days [1].", "Refunds take 14 days [1].", [1]),
        ("Both say so [1][2].", "Both say so [1][2].", [1, 2]),
        ("Both say so [2] [1].", "Both say so [2] [1].", [2, 1]),
        ("Twice [1], and again [1]", "Twice [1], and again [1]", [1]),
        ("([3])", "([3])", [3]),
        ("no digits [] [a] [1a]", "no digits [] [a] [1a]", []),
        ("a link [1](https://example.com)", "a link [1](https://example.com)", [1]),
    ],
)
def test_known_marks_stay(text, shown, cited):
    assert whole(text) == (shown, cited)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nobody said so [4].", "Nobody said so."),
        ("Zero [0] is none", "Zero is none"),
        ("Two digits [12]!", "Two digits!"),
        ("Three digits [999]", "Three digits"),
        ("[7] at the start", " at the start"),
        ("Mixed [1][9][2].", "Mixed [1][2]."),
    ],
)
def test_unknown_marks_are_dropped_with_the_space_before(text, shown):
    """Red when `_resolve` returns match[0] for an index out of range."""
    assert whole(text)[0] == shown
    assert not {0, 4, 7, 9, 12, 999} & set(whole(text)[1])


def test_more_than_three_digits_are_no_mark():
    assert whole("the year [2024]") == ("the year [2024]", [])


@pytest.mark.parametrize("text", ["see [01]", "see [١]"])
def test_a_mark_is_shown_as_the_index_it_was_taken_for(text):
    assert whole(text) == ("see [1]", [1])


@pytest.mark.parametrize(
    "text",
    [
        "use `argv[9]` here",
        "use ``a`[9]`` here",
        "```python\nvalues[9]\n```",
        "````\n```\nx[9]\n```\n````",
        "it ends in code `x[9]`",
    ],
)
def test_code_is_left_alone(text):
    assert whole(text) == (text, [])


def test_marks_after_code_count_again():
    assert whole("`a[9]` says [1] and [9]") == ("`a[9]` says [1] and", [1])


def test_a_closed_fence_does_not_swallow_what_follows():
    assert whole("```\nx[1]\n```\nSo it is [2].") == ("```\nx[1]\n```\nSo it is [2].", [2])


def test_line_breaks_survive():
    assert whole("one\n\ntwo \nthree\n")[0] == "one\n\ntwo \nthree\n"


def test_citations_name_the_passages_by_index():
    """Red when `citations` takes self._passages[index]."""
    passages = [passage("first"), passage("second")]
    citations = CitationFilter(passages)
    citations.feed("b [2] a [1]")
    citations.finish()
    assert [(c.index, c.passage, c.quote) for c in citations.citations()] == [
        (1, passages[0], "first"),
        (2, passages[1], "second"),
    ]


def test_passages_that_come_later_may_be_cited():
    passages = [passage("first")]
    citations = CitationFilter(passages)
    assert citations.feed("early [2]. ") == "early."
    passages.append(passage("second"))
    assert citations.feed("late [2].") == " late [2]."
    assert citations.cited == [2]
