"""What changed from one text to another: lines, and the words within lines that were rewritten."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

# Lines that stay are shown this far around a change.
CONTEXT = 3
# What is compared line by line and word by word has a limit, as a page must not take minutes.
MAX_LINES = 4_000
MAX_WORDS = 1_000
# Lines less alike than this are shown whole, as one that went and one that came.
_ALIKE = 0.4


@dataclass(frozen=True)
class Row:
    """A line of a comparison: `kind` is same, add, remove or gap; `parts` are (text, whether just this was changed)."""

    kind: str
    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(text for text, _ in self.parts)


def compare(old: str, new: str) -> list[Row] | None:
    """The rows that lead from `old` to `new`, with what stays shortened to its edges; None when that is too much to compare.

    Empty when the texts are the same.
    """
    before, after = old.split("\n"), new.split("\n")
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    middle, middle_after = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(middle), len(middle_after)) > MAX_LINES:
        return None
    rows = [_whole("same", line) for line in before[:start]]
    rows += _changed(middle, middle_after)
    rows += [_whole("same", line) for line in before[len(before) - end :]]
    return list(_shortened(rows)) if middle or middle_after else []


def counts(rows: list[Row]) -> tuple[int, int]:
    """How many lines came, and how many went."""
    kinds = [row.kind for row in rows]
    return kinds.count("add"), kinds.count("remove")


def _common(one: list[str], other: list[str]) -> int:
    """How many lines at the beginning are the same."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        length += 1
    return length


def _whole(kind: str, line: str) -> Row:
    return Row(kind, ((line, False),))


def _changed(before: list[str], after: list[str]) -> Iterator[Row]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            yield from (_whole("same", line) for line in before[a:b])
            continue
        gone: list[Row] = []
        come: list[Row] = []
        for old, new in zip_longest(before[a:b], after[c:d]):
            left, right = _words(old, new)
            gone += [left] if left else []
            come += [right] if right else []
        yield from gone
        yield from come


def _words(old: str | None, new: str | None) -> tuple[Row | None, Row | None]:
    """A line that went and the one in its place, with the words that differ marked."""
    if old is None or new is None:
        return (
            None if old is None else _whole("remove", old),
            None if new is None else _whole("add", new),
        )
    one, other = re.findall(r"\w+|\s+|[^\w\s]", old), re.findall(r"\w+|\s+|[^\w\s]", new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if max(len(one), len(other)) > MAX_WORDS or matcher.ratio() < _ALIKE:
        return _whole("remove", old), _whole("add", new)
    blocks = matcher.get_opcodes()
    left = tuple(("".join(one[a:b]), tag != "equal") for tag, a, b, _, _ in blocks if a < b)
    right = tuple(("".join(other[c:d]), tag != "equal") for tag, _, _, c, d in blocks if c < d)
    return Row("remove", left), Row("add", right)


def _shortened(rows: list[Row]) -> Iterator[Row]:
    """The changes with some lines around each; a gap says how many were left out."""
    near = {
        close
        for index, row in enumerate(rows)
        if row.kind != "same"
        for close in range(index - CONTEXT, index + CONTEXT + 1)
    }
    hidden = 0
    for index, row in enumerate(rows):
        if index not in near:
            hidden += 1
            continue
        if hidden:
            yield _gap(hidden)
        hidden = 0
        yield row
    if hidden:
        yield _gap(hidden)


def _gap(hidden: int) -> Row:
    return _whole("gap", f"{hidden:,} unchanged line{'' if hidden == 1 else 's'}")
