"""Test collections in the usual three files: corpus.jsonl, queries.jsonl and qrels.tsv (as in BEIR)."""

from dataclasses import dataclass
from pathlib import Path

from knowledge.evaluation.jsonl import BadCollection, lines, rows, text

__all__ = ["BadCollection", "Collection", "Document", "Query", "read"]


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
        Document(text(row, "id", where), str(row.get("title") or ""), text(row, "text", where))
        for where, row in rows(folder / "corpus.jsonl")
    ]
    if len({document.id for document in documents}) < len(documents):
        raise BadCollection(f"{folder / 'corpus.jsonl'}: an id occurs twice.")
    judgements = _judgements(folder / "qrels.tsv")
    asked = [
        Query(name := text(row, "id", where), text(row, "text", where), judgements.get(name, {}))
        for where, row in rows(queries or folder / "queries.jsonl")
    ]
    judged = [query for query in asked if query.relevant]
    if not judged or not documents:
        raise BadCollection(f"{folder}: there is no question with a relevant document.")
    return Collection(documents, judged, len(asked) - len(judged))


def _judgements(path: Path) -> dict[str, dict[str, float]]:
    """query id, document id and grade per line, separated by tabs; a first line of headings is passed over."""
    grades: dict[str, dict[str, float]] = {}
    for number, line in enumerate(lines(path), start=1):
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
