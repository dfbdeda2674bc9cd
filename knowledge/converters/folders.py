"""Which files an import reads."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.converters import CONVERTERS, KNOWN, shown
from knowledge.converters.document import Failure

# Promised for later; worth a word, unlike the pictures and style sheets that lie beside texts.
NOT_YET = {".pdf", ".docx"}


@dataclass
class Selection:
    """files: to be converted, each once. skipped: documents of formats not read yet. failures: what was asked in vain."""

    files: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def select(paths: Iterable[Path]) -> Selection:
    """The files at `paths`, with folders searched through. A file that several of them lead to comes once."""
    selection = Selection()
    seen: set[str] = set()
    for path in paths:
        if path.is_dir():
            for file in _walk(path, selection.failures):
                _add(file, selection, seen)
        elif not path.exists():
            selection.failures.append(Failure(shown(path), "there is no such file or folder"))
        elif not path.is_file():
            selection.failures.append(Failure(shown(path), "is not a regular file"))
        elif path.suffix.lower() not in CONVERTERS and path.suffix.lower() not in NOT_YET:
            selection.failures.append(Failure(shown(path), f"is not supported; supported are {KNOWN}"))
        else:
            _add(path, selection, seen)
    return selection


def _add(path: Path, selection: Selection, seen: set[str]) -> None:
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    suffix = path.suffix.lower()
    if suffix in CONVERTERS:
        selection.files.append(path)
    elif suffix in NOT_YET:
        selection.skipped.append(path)


def _walk(folder: Path, failures: list[Failure]) -> Iterator[Path]:
    """Files below `folder` in a steady order, hidden ones left out. Links are followed, each real folder once."""

    def failed(error: OSError) -> None:
        failures.append(Failure(shown(Path(error.filename or folder)), f"cannot be read: {error.strerror}"))

    visited: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=failed):
        real = os.path.realpath(root)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (path for name in sorted(files) if not name.startswith(".") and (path := Path(root, name)).is_file())
