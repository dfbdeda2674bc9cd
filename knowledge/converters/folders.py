"""Which files an import reads."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.converters import CONVERTERS, KNOWN, shown
from knowledge.converters.document import Failure

# Worth a word, unlike the pictures and style sheets that lie beside texts.
NOT_READ = {
    ".doc": "Word's old format is not read; save it as .docx",
    ".odt": "OpenDocument is not read; save it as .docx",
    ".xlsx": "Excel is not read; save it as .csv",
}


@dataclass
class Selection:
    """files: to be converted, each once. skipped: documents in formats that are not read. failures: named, but not
    readable."""

    files: list[Path] = field(default_factory=list)
    skipped: list[Failure] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def select(paths: Iterable[Path]) -> Selection:
    """The files at `paths`, with folders searched through. A file that several of them lead to comes once."""
    selection = Selection()
    seen: set[str] = set()
    for path in paths:
        if os.path.isdir(path):
            for file in _walk(path, selection.failures):
                _add(file, selection, seen)
        elif reason := _unfit(path):
            selection.failures.append(Failure(shown(path), reason))
        else:
            _add(path, selection, seen)
    return selection


def _unfit(path: Path) -> str | None:
    """Why a path that was named itself cannot be read, or None."""
    suffix = path.suffix.lower()
    if not os.path.exists(path):
        return "there is no such file or folder"
    if not os.path.isfile(path):
        return "is not a regular file"
    if suffix in NOT_READ:
        return NOT_READ[suffix]
    return None if suffix in CONVERTERS else f"is not supported; supported are {KNOWN}"


def _add(path: Path, selection: Selection, seen: set[str]) -> None:
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    suffix = path.suffix.lower()
    if suffix in CONVERTERS:
        selection.files.append(path)
    elif suffix in NOT_READ:
        selection.skipped.append(Failure(shown(path), NOT_READ[suffix]))


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
