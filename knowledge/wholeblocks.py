"""Tables and code that do not fit one chunk: every part is a table, or code, of its own.

A row without its header says little to a reader or a model, and a fence that is never closed swallows what follows it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

# A header that is longer would crowd out the rows: the model reads 256 tokens.
_LONGEST_HEADER = 160
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class _Block:
    """Where a table or fenced code stands in the text, and what each part of it needs before and after."""

    start: int
    end: int
    before: str
    after: str


def mend(section: str, parts: Iterable[tuple[int, str]]) -> Iterator[str]:
    """The parts of a section, given with their offsets, with headers and fences where the split took them away."""
    blocks = _blocks(section)
    for offset, text in parts:
        end = offset + len(text)
        opened = next((block for block in blocks if block.start < offset < block.end), None)
        closed = next((block for block in blocks if block.start < end < block.end), None)
        mended = (opened.before if opened else "") + text + (closed.after if closed else "")
        if not (opened or closed) or _says_something(mended):
            yield mended


def _blocks(section: str) -> list[_Block]:
    if "|" not in section and "```" not in section and "~~~" not in section:
        return []
    starts = [0, *(match.end() for match in re.finditer("\n", section)), len(section)]
    blocks = []
    for token in _MARKDOWN.parse(section):
        if token.level or token.map is None:
            continue
        start, end = starts[token.map[0]], starts[min(token.map[1], len(starts) - 1)]
        # The line break after the last line is not part of the block.
        end = start + len(section[start:end].rstrip("\n"))
        if token.type == "fence":
            blocks.append(_Block(start, end, f"{token.markup}{token.info}\n", f"\n{token.markup}"))
        elif token.type == "table_open":
            header = "".join(f"{line}\n" for line in section[start:end].split("\n")[:2])
            blocks.append(_Block(start, end, header if len(header) <= _LONGEST_HEADER else "", ""))
    return blocks


def _says_something(text: str) -> bool:
    """Whether a part is more than the fences around nothing."""
    return any(line.strip() and not line.startswith(("```", "~~~")) for line in text.split("\n"))
