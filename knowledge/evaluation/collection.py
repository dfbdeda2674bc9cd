"""Test collections in the usual three files: corpus.jsonl, queries.jsonl and qrels.tsv (as in BEIR)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadCollection(Exception):
    """A file is missing or not in the expected form; the message says which, and where."""


@dataclass(frozen=True)
class Document:
    """A row of corpus.jsonl; the text is Markdown."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Query:
    """A question with its relevant documents: grade by document id, all grades above 0."""

    id: str
    text: str
    relevant: dict[str, float]


@dataclass(frozen=True)
class Collection:
    """documents in the order of the file; queries, those without a relevant document left out (`unjudged` of them)."""

    documents: list[Document]
    queries: list[Query]
    unjudged: int


def read(folder: Path, queries: Path | None = None) -> Collection:
    """The collection in `folder`, with its queries.jsonl or those in `queries`. Raises BadCollection."""
    documents = [
        Document(_text(row, "id", where), str(row.get("title") or ""), _text(row, "text", where))
        for where, row in _rows(folder / "corpus.jsonl")
    ]
    if len({document.id for document in documents}) < len(documents):
        raise BadCollection(f"{folder / 'corpus.jsonl'}: an id occurs twice.")
    judgements = _judgements(folder / "qrels.tsv")
    asked = [
        Query(name := _text(row, "id", where), _text(row, "text", where), judgements.get(name, {}))
        for where, row in _rows(queries or folder / "queries.jsonl")
    ]
    judged = [query for query in asked if query.relevant]
    if not judged or not documents:
        raise BadCollection(f"{folder}: there is no question with a relevant document.")
    return Collection(documents, judged, len(asked) - len(judged))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadCollection(f"{where}: not JSON.") from error
        if not isinstance(row, dict):
            raise BadCollection(f"{where}: not a JSON object.")
        yield where, row


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or "\x00" in value:
        raise BadCollection(f"{where}: {name!r} must be text.")
    return value


def _judgements(path: Path) -> dict[str, dict[str, float]]:
    """query id, document id and grade per line, separated by tabs; a first line of headings is passed over."""
    grades: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_lines(path), start=1):
        try:
            query, document, grade = line.split("\t")
            value = float(grade)
        except ValueError as error:
            if number == 1:
                continue
            raise BadCollection(f"{path}, line {number}: expected query id, document id and grade.") from error
        if value > 0:
            grades.setdefault(query, {})[document] = value
    return grades


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadCollection(f"{path}: {error}") from error
