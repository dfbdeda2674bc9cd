"""CSV: with a text column each row is a document; any other table is one document, each row told with its column names."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator

from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.converters.reading import Content, first_words
from knowledge.ingestion import MAX_BODY_CHARACTERS

# What columns are called, in any case; the first that is there counts.
COLUMNS = {
    "external_id": ("external_id", "id"),
    "title": ("title", "question", "name", "subject"),
    "body": ("text", "body", "answer", "content"),
    "url": ("url", "link", "address"),
}
_SAMPLE = 4096

csv.field_size_limit(MAX_BODY_CHARACTERS * 2)


def convert(content: Content) -> Iterator[Document | Failure]:
    """Rows are read one at a time, however many there are."""
    text = io.TextIOWrapper(content.file, encoding="utf-8-sig", newline="")
    try:
        yield from _documents(text, content)
    except UnicodeDecodeError:
        raise ConversionError("is not UTF-8 text; convert it to UTF-8") from None
    except csv.Error as error:
        raise ConversionError(f"is not a table: {error}") from None
    finally:
        text.detach()


def _documents(text: io.TextIOWrapper, content: Content) -> Iterator[Document | Failure]:
    sample = text.readline(_SAMPLE)
    text.seek(0)
    delimiter = max(",;\t|", key=sample.count)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise ConversionError("there is no text")
    columns = _columns(header)
    if "body" in columns:
        yield from _rows(rows, columns, content)
    else:
        yield _table(rows, header, content)


def _columns(header: list[str]) -> dict[str, int]:
    """Which column holds which field."""
    names = [name.casefold().replace(" ", "_") for name in header]
    found = {field: [names.index(name) for name in known if name in names] for field, known in COLUMNS.items()}
    return {field: indexes[0] for field, indexes in found.items() if indexes}


def _rows(rows: Iterator[list[str]], columns: dict[str, int], content: Content) -> Iterator[Document | Failure]:
    """A document for each row. Without an id of its own a row is recognised by its title, wherever it moves."""
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {field: row[index].strip() if index < len(row) else "" for field, index in columns.items()}
        where = f"{content.where}, row {number}"
        title = cells.get("title") or first_words(cells["body"])
        identifier = cells.get("external_id")
        if "external_id" in columns and not identifier:
            yield Failure(where, "has no id")
            continue
        if not identifier:
            seen[title] += 1
            identifier = _row_id(content.external_id, title, seen[title])
        yield Document(where, identifier, title, cells["body"], cells.get("url", ""))


def _row_id(file: str, title: str, occurrence: int) -> str:
    digest = hashlib.sha256(f"{title}\x00{occurrence}".encode(errors="surrogatepass")).hexdigest()[:16]
    return f"{file[:230]}#{digest}"


def _table(rows: Iterator[list[str]], header: list[str], content: Content) -> Document:
    """Every row says what its cells are: a search finds a row on its own, without the header far above it."""
    lines: list[str] = []
    size = 0
    for row in rows:
        names = [*header, *[""] * len(row)]
        cells = [f"{name}: {_line(cell)}" if name else _line(cell) for name, cell in zip(names, row) if cell.strip()]  # noqa: B905 - rows may be short
        if cells:
            lines.append("- " + "; ".join(cells))
            size += len(lines[-1]) + 1
        if size > MAX_BODY_CHARACTERS:
            raise ConversionError(
                f"the table has more than {MAX_BODY_CHARACTERS:,} characters; give it a text column, and each row "
                "becomes an article"
            )
    return Document(content.where, content.external_id, content.title, "\n".join(lines), content.url)


def _line(cell: str) -> str:
    return " ".join(cell.split())
