"""Plain text: the file's name is the title."""

from collections.abc import Iterator

from knowledge.converters.document import Document
from knowledge.converters.reading import Content, decode


def convert(content: Content) -> Iterator[Document]:
    """One document per file."""
    yield Document(content.where, content.external_id, content.title, decode(content.read()), content.url)
