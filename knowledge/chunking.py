"""Markdown to chunks: split at headings, then within the embedding model's window.

Every chunk knows the path of headings above it, and is embedded and indexed together with the title and that path.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from semantic_text_splitter import MarkdownSplitter
from tokenizers import Tokenizer

from knowledge.model_files import model_path
from knowledge.recipes import CHUNK_TOKENS, Recipe
from knowledge.wholeblocks import mend


@dataclass(frozen=True)
class Piece:
    """A chunk to be: its heading path (`Install › Requirements`) and its Markdown."""

    heading: str
    text: str

    @property
    def content_hash(self) -> str:
        """Tells whether a chunk of the new version is one of the old."""
        return hashlib.sha256(f"{self.heading}\x00{self.text}".encode()).hexdigest()


@cache
def _splitter(path: Path, tokens: int) -> MarkdownSplitter:
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return MarkdownSplitter.from_huggingface_tokenizer(tokenizer, tokens)


def split(title: str, body: str, recipe: Recipe | None = None) -> list[Piece]:
    """The pieces of a Markdown text in reading order, for an index of this recipe; none for an empty body.

    Without one they are made for the configured model. Whatever changes them for an unchanged text raises
    `knowledge.recipes.CHUNKING`.
    """
    model, tokens = (recipe.model.name, recipe.chunk_tokens) if recipe else (None, CHUNK_TOKENS)
    splitter = _splitter(model_path(model), tokens)
    return [
        Piece(heading, text)
        for heading, section in _sections(title, body)
        for text in mend(section, splitter.chunk_indices(section))
        if text.strip()
    ]


def _sections(title: str, body: str) -> Iterator[tuple[str, str]]:
    """(heading path, text without the heading) of each section. A first heading that repeats the title is dropped."""
    # Not str.splitlines: it also breaks at form feeds and the like, and Markdown's line numbers would be others.
    lines = re.sub(r"\r\n?", "\n", body).split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    path: list[tuple[int, str]] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.level or not token.map:
            continue
        yield " › ".join(text for _, text in path)[:500], "\n".join(lines[start : token.map[0]]).strip()
        level, text = int(token.tag[1]), tokens[index + 1].content.strip()
        path = [entry for entry in path if entry[0] < level]
        if text.casefold() != title.strip().casefold():
            path.append((level, text[:200]))
        start = token.map[1]
    yield " › ".join(text for _, text in path)[:500], "\n".join(lines[start:]).strip()
