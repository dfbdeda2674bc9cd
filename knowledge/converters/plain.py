"""Plain text: the file's name is the title."""

from collections.abc import Iterator
from pathlib import Path

from knowledge.converters.document import Document
from knowledge.converters.reading import decode, read_bytes, title_from_name


def convert(path: Path, where: str, external_id: str) -> Iterator[Document]:
    """One document per file."""
    yield Document(where=where, external_id=external_id, title=title_from_name(path), body=decode(read_bytes(path)))
