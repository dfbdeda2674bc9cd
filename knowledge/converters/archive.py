"""Zip files from elsewhere: refused before they can unpack to more than a document needs."""

import zipfile

from knowledge.converters.document import ConversionError

MAX_UNPACKED = 256 * 1024 * 1024
MAX_ENTRIES = 5_000
_PIECE = 1024 * 1024


def check(archive: zipfile.ZipFile, most: int | None = None) -> None:
    """Count what the entries (`most` at most, MAX_ENTRIES unless told) say they unpack to, then what they do. Raises ConversionError."""
    entries = archive.infolist()
    most = MAX_ENTRIES if most is None else most
    if len(entries) > most:
        raise ConversionError(f"holds {len(entries):,} parts; the limit is {most:,}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise too_large()
    unpacked = 0
    for entry in entries:
        with archive.open(entry) as file:
            while piece := file.read(_PIECE):
                unpacked += len(piece)
                if unpacked > MAX_UNPACKED:
                    raise too_large()


def too_large() -> ConversionError:
    """What is said about a zip bomb."""
    return ConversionError(f"unpacks to more than {MAX_UNPACKED:,} bytes")
