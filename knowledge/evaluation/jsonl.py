"""Reading the files of a test collection: JSON objects, one a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class BadCollection(Exception):
    """A file is missing or not in the expected form; the message says which, and where."""


def rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file, each with where it stands."""
    for number, line in enumerate(lines(path), start=1):
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadCollection(f"{where}: not JSON.") from error
        if not isinstance(row, dict):
            raise BadCollection(f"{where}: not a JSON object.")
        yield where, row


def text(row: dict[str, Any], name: str, where: str) -> str:
    """A field that must be text."""
    value = row.get(name)
    if not isinstance(value, str) or "\x00" in value:
        raise BadCollection(f"{where}: {name!r} must be text.")
    return value


def lines(path: Path) -> Iterator[str]:
    """The lines of a file that are not empty."""
    try:
        with path.open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadCollection(f"{path}: {error}") from error
