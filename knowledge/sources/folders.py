"""Folders on the server: only below SOURCE_FOLDERS, and never out of the source's own folder, by whatever link."""

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from io import BufferedReader
from pathlib import Path

from django.conf import settings

from knowledge.converters import CONVERTERS


class FolderError(Exception):
    """The folder, or a file in it, may not or cannot be read."""


def problem(location: str) -> str | None:
    """Why the folder cannot be a source's, or None."""
    try:
        _root(location)
    except FolderError as error:
        return str(error)
    return None


def paths(location: str) -> Iterator[str]:
    """The files that can be read as documents, as paths within the folder. Hidden ones and links to folders are left out."""
    root = _root(location)

    def failed(error: OSError) -> None:
        raise FolderError(f"A folder in it cannot be read: {error.strerror}.")

    for folder, inner, files in os.walk(root, onerror=failed):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name.isprintable())
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() in CONVERTERS and not name.startswith(".") and name.isprintable():
                yield path.relative_to(root).as_posix()


def open_file(location: str, key: str) -> BufferedReader:
    """Open the file for reading. Raises FolderError if it is not a regular file within the folder, FileNotFoundError."""
    root = _root(location)
    real = Path(os.path.realpath(root / key))
    if not real.is_relative_to(root):
        raise FolderError("leads out of the source's folder")
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    # Looked at once more: a part of the path may have become a link since.
    if not stat.S_ISREG(os.fstat(descriptor).st_mode) or Path(os.path.realpath(root / key)) != real:
        with closing(file):
            raise FolderError("is not a regular file")
    return file


def _root(location: str) -> Path:
    if "\x00" in location or not os.path.isabs(location):
        raise FolderError("Write the whole path, beginning with /.")
    root = Path(os.path.realpath(location))
    allowed = [Path(os.path.realpath(folder)) for folder in settings.SOURCE_FOLDERS]
    if not any(root.is_relative_to(folder) for folder in allowed):
        raise FolderError("It is not below one of the folders that SOURCE_FOLDERS names.")
    if not root.is_dir():
        raise FolderError("There is no such folder.")
    return root
