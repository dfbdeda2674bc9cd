"""Files to documents: one table says what is read by which converter.

External ids, by which a second import recognises what the first one made: a line of JSONL and a row of CSV have the `id` that
they name; any other file has `file:` and its path, from the installation's folder for files inside it and from the root for
all others. A path that is too long for an id is cut, with a hash of all of it. So two folders that hold files of the same
name make different articles.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from knowledge.converters import html, jsonl, markdown, pdf, plain, spreadsheet, word
from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.converters.reading import Content
from knowledge.limits import MAX_EXTERNAL_ID

Converter = Callable[[Content], Iterator[Document | Failure]]


@dataclass(frozen=True)
class Format:
    """How files of these suffixes, and answers of these media types, are read."""

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    convert: Converter


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS = (
    Format("Markdown", (".md", ".markdown"), ("text/markdown", "text/x-markdown"), markdown.convert),
    Format("HTML", (".html", ".htm"), ("text/html", "application/xhtml+xml"), html.convert),
    Format("PDF", (".pdf",), ("application/pdf",), pdf.convert),
    Format("Word", (".docx",), (_WORD,), word.convert),
    Format("text", (".txt",), ("text/plain",), plain.convert),
    Format("CSV", (".csv",), ("text/csv",), spreadsheet.convert),
    Format("JSONL", (".jsonl",), ("application/jsonl", "application/x-ndjson"), jsonl.convert),
)
CONVERTERS = {suffix: format.convert for format in FORMATS for suffix in format.suffixes}
BY_MEDIA_TYPE = {kind: format.convert for format in FORMATS for kind in format.media_types}
KNOWN = ", ".join(CONVERTERS)


def convert(path: Path) -> Iterator[Document | Failure]:
    """The documents of one file, each fit to be an article, and what stands in the way of others."""
    where = shown(path)
    if not str(path).isprintable():
        yield Failure(where, "the name holds characters that are no text; rename it")
        return
    try:
        file = path.open("rb")
    except OSError as error:
        yield Failure(where, f"cannot be read: {error.strerror or error}")
        return
    with closing(file):
        yield from convert_content(CONVERTERS[path.suffix.lower()], Content(file, where, file_id(path), path.name))


def convert_content(converter: Converter, content: Content) -> Iterator[Document | Failure]:
    """The documents of an open file. Whatever is wrong with it becomes a failure: others go on."""
    try:
        for found in converter(content):
            yield _checked(found)
    except ConversionError as error:
        yield Failure(content.where, str(error))
    except OSError as error:
        yield Failure(content.where, f"cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - a library stumbled over what nobody has thought of
        yield Failure(content.where, f"cannot be converted ({type(error).__name__}: {error})"[:300])


def count(path: Path) -> int:
    """How many documents and failures `convert` will give, about."""
    if path.suffix.lower() not in {".jsonl", ".csv"}:
        return 1
    try:
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    except OSError:
        return 1


def _checked(found: Document | Failure) -> Document | Failure:
    if isinstance(found, Document):
        try:
            found.check()
        except ConversionError as error:
            return Failure(found.where, str(error))
    return found


def file_id(path: Path) -> str:
    """The external id of a file with one document. Symbolic links stay as they are named."""
    absolute = Path(os.path.abspath(path))
    home = Path(settings.BASE_DIR)
    name = f"file:{absolute.relative_to(home) if absolute.is_relative_to(home) else absolute}"
    if len(name) <= MAX_EXTERNAL_ID:
        return name
    return f"{name[:200]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def shown(path: Path) -> str:
    """The path as it can be printed: a name may hold bytes that are no text, and control characters."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(path))
