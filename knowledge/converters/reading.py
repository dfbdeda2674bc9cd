"""What converters read, and bytes to text."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from knowledge.converters.document import ConversionError

# Far above what the longest text could take; keeps a mistaken path from filling the memory.
MAX_FILE_BYTES = 64 * 1024 * 1024
_TITLE_FROM_TEXT = 80


@dataclass(frozen=True)
class Content:
    """An open file. `where`: to tell the user about it. `external_id`: that of its document, if it holds one.

    `name`: a file name, for a title. `url`: where it was fetched from, for a page of the web.
    """

    file: BinaryIO
    where: str
    external_id: str
    name: str
    url: str = ""

    def read(self) -> bytes:
        """All of it; a file that is too large is refused unread."""
        size = self.file.seek(0, 2)
        if size > MAX_FILE_BYTES:
            raise ConversionError(f"the file has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}")
        self.file.seek(0)
        return self.file.read()

    @property
    def title(self) -> str:
        """A title for what names none."""
        return title_from_name(self.name)


def decode(data: bytes) -> str:
    """UTF-8 text, with or without a byte order mark, with \\n line ends."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConversionError(f"is not UTF-8 text (byte {error.start:,}); convert it to UTF-8") from error
    if "\x00" in text:
        raise ConversionError("contains NUL characters, so it is no text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def title_from_name(name: str) -> str:
    """`getting-started_guide.md` → `Getting started guide`."""
    words = " ".join(PurePath(name).stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def first_words(text: str) -> str:
    """A title for a text that has none: the start of its first line with words."""
    lines = (line.strip("#*_-> \t") for line in text.splitlines())
    first = next((line for line in lines if any(map(str.isalnum, line))), "")
    if len(first) <= _TITLE_FROM_TEXT:
        return first
    return first[:_TITLE_FROM_TEXT].rsplit(" ", 1)[0] + "…"
