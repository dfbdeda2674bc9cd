"""Zip archives in an upload: looked through before anything in them is read; nothing of them ever becomes a file by its name."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from knowledge.converters import CONVERTERS, archive
from knowledge.converters.document import ConversionError
from knowledge.converters.folders import NOT_READ
from knowledge.imports.limits import MAX_ENTRIES

# Beyond this a file waits on the disk, not in memory.
IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1024 * 1024
_PASSWORD = 0x1


@dataclass(frozen=True)
class Entry:
    """A file to be read, or why it is not: `refused`. `open` gives its bytes, to be closed by whoever asked."""

    name: str
    open: Callable[[], BinaryIO] | None
    refused: str = ""


def entries(name: str, file: BinaryIO) -> Iterator[Entry]:
    """The documents in an archive, which stays open meanwhile. A bad archive is one refused entry."""
    try:
        opened = zipfile.ZipFile(file)
        if any(member.flag_bits & _PASSWORD for member in opened.infolist()):
            raise ConversionError("is protected by a password")
        archive.check(opened, MAX_ENTRIES)
    except ConversionError as error:
        yield Entry(name, None, str(error))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        yield Entry(name, None, "is damaged, or not a zip archive")
    except Exception as error:  # noqa: BLE001 - decompressors have errors of their own
        yield Entry(name, None, f"cannot be unpacked ({type(error).__name__})")
    else:
        for member in opened.infolist():
            if entry := _entry(name, opened, member):
                yield entry


def _entry(name: str, opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> Entry | None:
    """The entry of a member; None for what is left out: folders, hidden files, pictures and the like."""
    path = PurePosixPath(member.filename)
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in member.filename)
    where = f"{name}: {shown}"[:500]
    # What was written with backslashes has them still: zipfile turns them round on Windows alone.
    if (
        not path.parts
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in member.filename
        or path.parts[0][1:2] == ":"
    ):
        return Entry(where, None, "its path leads out of the archive")
    if member.is_dir() or any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return None
    if stat.S_ISLNK(member.external_attr >> 16):
        return Entry(where, None, "is a link, which is not followed")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return Entry(where, None, "is an archive within an archive; unpack it")
    if suffix in NOT_READ:
        return Entry(where, None, NOT_READ[suffix])
    if suffix not in CONVERTERS:
        return None
    if not member.filename.isprintable():
        return Entry(where, None, "the name holds characters that are no text; rename it")
    return Entry(str(path), partial(_unpacked, opened, member))


def _unpacked(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    with opened.open(member) as packed:
        return spooled(iter(partial(packed.read, _PIECE), b""))


def spooled(pieces: Iterator[bytes]) -> BinaryIO:
    """These bytes as a file without a name."""
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by whoever reads it
    for piece in pieces:
        file.write(piece)
    file.seek(0)
    return cast(BinaryIO, cast(IO[Any], file))
