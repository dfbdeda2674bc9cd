"""PDF: the text of its pages, each under a heading of its own. pypdf is imported on use."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from knowledge.converters.document import ConversionError, Document
from knowledge.converters.reading import Content
from knowledge.ingestion import MAX_BODY_CHARACTERS
from knowledge.limits import MAX_TITLE

if TYPE_CHECKING:
    from pypdf import PdfReader

_BROKEN_WORD = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
# Text is text: a line that begins with a # is no heading, one that is indented no code.
_LOOKS_LIKE_A_HEADING = re.compile(r"^(?=#)", re.MULTILINE)


def convert(content: Content) -> Iterator[Document]:
    """One document per file."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    data = io.BytesIO(content.read())
    try:
        reader = PdfReader(data)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ConversionError("is encrypted; save it without its password and import it again")
        pages = _pages(reader)
        title = _title(reader)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConversionError(f"is damaged, or no PDF ({error})"[:300]) from error
    if not any(pages):
        raise ConversionError("has pages but no text: it is scanned; run text recognition (OCR) over it first")
    yield Document(content.where, content.external_id, title or content.title, _body(pages), content.url)


def _pages(reader: "PdfReader") -> list[str]:
    pages: list[str] = []
    size = 0
    for page in reader.pages:
        text = _BROKEN_WORD.sub("", page.extract_text())
        lines = (" ".join(line.split()) for line in text.replace("\x00", "").splitlines())
        pages.append(_LOOKS_LIKE_A_HEADING.sub(r"\\", "\n".join(lines)).strip())
        size += len(pages[-1])
        if size > MAX_BODY_CHARACTERS:
            raise ConversionError(f"has more than {MAX_BODY_CHARACTERS:,} characters of text; split it")
    return pages


def _title(reader: "PdfReader") -> str:
    """What the file says of itself; programs write all kinds of things there."""
    title = reader.metadata.title if reader.metadata else None
    words = " ".join(str(title or "").split())
    named_like_a_file = words.lower().endswith((".doc", ".docx", ".pdf", ".indd")) or words.lower() == "untitled"
    return "" if named_like_a_file else words[:MAX_TITLE]


def _body(pages: list[str]) -> str:
    if len(pages) == 1:
        return pages[0]
    return "\n\n".join(f"## Page {number}\n\n{text}" for number, text in enumerate(pages, start=1) if text)
