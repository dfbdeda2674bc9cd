"""Comparisons of texts: what they say is what changed, whatever the texts."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.textdiff import MAX_LINES, Row, compare, counts

TEXTS = st.lists(st.sampled_from(["", "a", "a b", "a c", "b", "one two three", "one 2 three"]), max_size=8).map(
    "\n".join
)


def rows_of(old, new) -> list[Row]:
    rows = compare(old, new)
    assert rows is not None
    return rows


def shown(old, new):
    return [(row.kind, row.parts) for row in rows_of(old, new)]


def test_the_words_of_a_rewritten_line_are_marked():
    """Red when the parts of the new line are those of the old one."""
    assert shown("You get money back.", "You get vouchers back.") == [
        ("remove", (("You get ", False), ("money", True), (" back.", False))),
        ("add", (("You get ", False), ("vouchers", True), (" back.", False))),
    ]


def test_lines_that_have_nothing_in_common_are_shown_whole():
    """Red when words are compared however little the lines are alike."""
    assert shown("abc", "xyz") == [("remove", (("abc", False),)), ("add", (("xyz", False),))]


def test_what_stays_is_shortened_and_counted():
    """Red when a gap is one line too long."""
    old = "\n".join(str(number) for number in range(20))
    rows = rows_of(old, old.replace("10", "ten"))
    assert [row.text for row in rows] == [
        "7 unchanged lines", "7", "8", "9", "10", "ten", "11", "12", "13", "6 unchanged lines"
    ]  # fmt: skip
    assert counts(rows) == (1, 1)


def test_the_same_text_has_no_changes():
    assert compare("a\nb", "a\nb") == []


def test_long_texts_with_a_small_change_are_compared_and_others_are_not():
    """Red when what both texts begin and end with is not set aside."""
    long = "\n".join(f"line {number}" for number in range(3 * MAX_LINES))
    assert counts(rows_of(long, long.replace("line 5000\n", "line five\n"))) == (1, 1)
    assert compare(long, long.replace("line", "row")) is None


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_rows(old, new):
    """Red when a block's longer side is cut to the shorter one."""
    rows = rows_of(old, new)
    if any(row.kind == "gap" for row in rows) or not rows:
        return
    assert "\n".join(row.text for row in rows if row.kind != "add") == old or not old
    assert "\n".join(row.text for row in rows if row.kind != "remove") == new or not new
