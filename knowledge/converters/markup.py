"""Clean HTML, as mammoth makes it, to Markdown: nothing is left out but pictures."""

import re
from typing import Any

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "del": "~~", "code": "`"}
_BLOCKS = {*_HEADINGS, "p", "ul", "ol", "table", "pre", "blockquote", "div"}


def to_markdown(html: str) -> str:
    """The Markdown of a fragment of HTML."""
    from lxml import html as parser  # type: ignore[import-untyped]

    if not html.strip():
        return ""
    root = parser.fragment_fromstring(html, create_parent="div")
    return "\n\n".join(_blocks(root)) + "\n"


def _blocks(element: Any) -> list[str]:
    """The blocks within an element; text that stands between them is a paragraph."""
    blocks: list[str] = []
    loose = element.text or ""
    for child in element:
        if child.tag in _BLOCKS:
            blocks += [_paragraph(loose), *_block(child)]
            loose = child.tail or ""
        else:
            loose += _inline(child) + (child.tail or "")
    return [block for block in [*blocks, _paragraph(loose)] if block.strip()]


def _block(element: Any) -> list[str]:
    tag = element.tag
    if tag in _HEADINGS:
        title = _line(element)
        return ["#" * _HEADINGS[tag] + " " + title] if title else []
    if tag in {"ul", "ol"}:
        return [_list(element)]
    if tag == "table":
        return [_table(element)]
    if tag == "pre":
        return ["```\n" + element.text_content().strip("\n") + "\n```"]
    if tag == "blockquote":
        return [_indented("\n\n".join(_blocks(element)), "> ", "> ")]
    return _blocks(element)


def _paragraph(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _line(element: Any) -> str:
    return " ".join(_inner(element).split())


def _inner(element: Any) -> str:
    return str((element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element))


def _inline(element: Any) -> str:
    if element.tag == "br":
        return "\n"
    text = _inner(element)
    target = element.get("href") or ""
    if element.tag == "a" and text.strip() and target.startswith(("http://", "https://", "mailto:")):
        return f"[{text}]({target.replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"
    mark = _MARKS.get(element.tag, "")
    if not mark or not text.strip():
        return text
    before, inside, after = re.fullmatch(r"(\s*)(.*?)(\s*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{before}{mark}{inside}{mark}{after}"


def _list(element: Any) -> str:
    items = []
    for number, item in enumerate(element.iterchildren("li"), start=1):
        mark = f"{number}. " if element.tag == "ol" else "- "
        blocks = _blocks(item)
        tight = all(child.tag in {"ul", "ol"} or child.tag not in _BLOCKS for child in item)
        items.append(_indented(("\n" if tight else "\n\n").join(blocks), mark, " " * len(mark)))
    return "\n".join(items)


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(f"{rest}{line}".rstrip() for line in lines[1:])])


def _table(element: Any) -> str:
    """A table within a cell is told as its text. The first row is the header: Markdown knows no table without."""
    rows = [[_cell(cell) for cell in row.iterchildren("td", "th")] for row in _rows(element)]
    width = max(map(len, rows), default=0)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]]) if width else ""


def _rows(table: Any) -> list[Any]:
    return [row for group in table for row in ([group] if group.tag == "tr" else group.iterchildren("tr"))]


def _cell(cell: Any) -> str:
    text = " ".join(" ".join(_blocks(cell)).split())
    return text.replace("|", "\\|")
