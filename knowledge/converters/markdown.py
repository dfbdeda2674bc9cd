"""Markdown: the first `# heading` is the title; `title` and `url` may also stand in front matter."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.converters.document import Document
from knowledge.converters.reading import Content, decode

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
# What a line of front matter may look like; anything else, and the `---` are thematic breaks.
_FRONT_LINE = re.compile(r"[\w-]+:(\s.*)?|\s+\S.*|-(\s.*)?|#.*|")


def convert(content: Content) -> Iterator[Document]:
    """One document per file."""
    front, text = split_front_matter(decode(content.read()))
    heading, body = split_title(text)
    title = front.get("title")
    if title and title != heading:
        body = text
    yield Document(
        where=content.where,
        external_id=content.external_id,
        title=title or heading or content.title,
        body=body,
        url=front.get("url", "") or content.url,
    )


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines of the front matter, and what follows it."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    lines = match[1].splitlines()
    if not all(_FRONT_LINE.fullmatch(line) for line in lines):
        return {}, text
    pairs = [line.split(":", 1) for line in lines if re.match(r"[\w-]+:", line)]
    if not pairs:
        return {}, text
    return {key.lower(): _unquoted(value.strip()) for key, value in pairs}, text[match.end() :]


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def split_title(text: str) -> tuple[str, str]:
    """The first heading of level 1 as plain text, and the text without it; an empty title when there is none."""
    tokens = MarkdownIt("commonmark").parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and not token.level and token.map:
            title = " ".join(_plain(tokens[index + 1]).split())
            if title:
                lines = text.split("\n")  # as the parser counts them, unlike splitlines()
                return title, "\n".join(lines[: token.map[0]] + lines[token.map[1] :]).strip("\n") + "\n"
    return "", text


def _plain(token: Token) -> str:
    """Inline Markdown without its marks."""
    return "".join(child.content if child.content else " " * (child.tag == "br") for child in token.children or [])
