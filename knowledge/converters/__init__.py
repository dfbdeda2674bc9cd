"""Files to documents: Markdown, HTML, plain text and JSONL.

External ids, by which a second import recognises what the first one made: a line of JSONL has the `id` that it names; any
other file has `file:` and its path, from the installation's folder for files inside it and from the root for all others.
A path that is too long for an id is cut, with a hash of all of it. So two folders that hold files of the same name make different articles.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from knowledge.converters import html, jsonl, markdown, plain
from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.limits import MAX_EXTERNAL_ID

CONVERTERS: dict[str, Callable[[Path, str, str], Iterator[Document | Failure]]] = {
    ".md": markdown.convert,
    ".markdown": markdown.convert,
    ".html": html.convert,
    ".htm": html.convert,
    ".txt": plain.convert,
    ".jsonl": jsonl.convert,
}
KNOWN = ", ".join(CONVERTERS)


def convert(path: Path) -> Iterator[Document | Failure]:
    """The documents of one file, each fit to be an article, and what stands in the way of others."""
    where = shown(path)
    if not str(path).isprintable():
        yield Failure(where, "the name holds characters that are no text; rename it")
        return
    try:
        for found in CONVERTERS[path.suffix.lower()](path, where, file_id(path)):
            yield _checked(found)
    except ConversionError as error:
        yield Failure(where, str(error))
    except OSError as error:
        yield Failure(where, f"cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - a library stumbled over what nobody has thought of
        yield Failure(where, f"cannot be converted ({type(error).__name__}: {error})"[:300])


def count(path: Path) -> int:
    """How many documents and failures `convert` will give, about."""
    if path.suffix.lower() != ".jsonl":
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
