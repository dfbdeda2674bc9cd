"""JSONL: one article per line, `{id, title, text, url}`. A bad line is a failure of its own; the others go on."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.converters.reading import Content, decode, first_words

# The longest text, with each of its characters escaped, fits in.
MAX_LINE_BYTES = 16 * 1024 * 1024


def convert(content: Content) -> Iterator[Document | Failure]:
    """One document per line, under the line's own id. Lines are read one at a time, however many there are."""
    for number, line in enumerate(_lines(content.file), start=1):
        place = f"{content.where}:{number}"
        try:
            if len(line) > MAX_LINE_BYTES:
                raise ConversionError(f"the line has more than {MAX_LINE_BYTES:,} bytes")
            text = decode(line).strip()
            if text:
                yield _document(_parse(text), place)
        except ConversionError as error:
            yield Failure(place, str(error))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines; of one that is too long no more than is needed to see that it is."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)


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
        title=_string(row, "title").strip() or first_words(text),
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
