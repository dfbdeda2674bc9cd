"""Bytes to text."""

from pathlib import Path

from knowledge.converters.document import ConversionError

# Far above what the longest text could take; keeps a mistaken path from filling the memory.
MAX_FILE_BYTES = 64 * 1024 * 1024


def read_bytes(path: Path) -> bytes:
    """The file's content."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ConversionError(f"the file has {size:,} bytes; the limit is {MAX_FILE_BYTES:,}")
    return path.read_bytes()


def decode(data: bytes) -> str:
    """UTF-8 text, with or without a byte order mark, with \\n line ends."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConversionError(f"is not UTF-8 text (byte {error.start:,}); convert it to UTF-8") from error
    if "\x00" in text:
        raise ConversionError("contains NUL characters, so it is no text file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def title_from_name(path: Path) -> str:
    """`getting-started_guide.md` → `Getting started guide`."""
    words = " ".join(path.stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]
