"""JSONL: one article per line, `{id, title, text, url}`. A bad line is a failure of its own; the others go on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.converters.reading import decode

_TITLE_FROM_TEXT = 80


def convert(path: Path, where: str, external_id: str) -> Iterator[Document | Failure]:
    """One document per line, under the line's own id."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"{where}:{number}"
            try:
                text = decode(line).strip()
                if text:
                    yield _document(_parse(text), place)
            except ConversionError as error:
                yield Failure(place, str(error))


def _parse(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConversionError("is not valid JSON") from error
    if not isinstance(row, dict):
        raise ConversionError("is not a JSON object")
    return row


def _document(row: dict[str, Any], where: str) -> Document:
    identifier = row.get("id")
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not identifier:
        raise ConversionError("has no id: a string or a whole number is needed")
    text = _string(row, "text")
    return Document(
        where=where,
        external_id=identifier,
        title=_string(row, "title").strip() or _first_words(text),
        body=text,
        url=_string(row, "url").strip(),
    )


def _string(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConversionError(f"{name} must be a string")
    return value


def _first_words(text: str) -> str:
    """A title for a text that has none: the start of its first line with words."""
    lines = (line.strip("#*_-> \t") for line in text.splitlines())
    first = next((line for line in lines if any(map(str.isalnum, line))), "")
    if len(first) <= _TITLE_FROM_TEXT:
        return first
    return first[:_TITLE_FROM_TEXT].rsplit(" ", 1)[0] + "…"
