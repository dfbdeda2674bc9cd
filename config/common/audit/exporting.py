"""The trail as a file: CSV for spreadsheets, JSON Lines for programs; streamed, however long it is."""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet

from config.common.audit.models import Entry

FIELDS = (
    *("id", "number", "at", "actor_kind", "actor_id", "action", "object_type", "object_id"),
    *("request_id", "address", "details", "mac", "link_mac"),
)
CHUNK = 2_000
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _rows(entries: "QuerySet[Entry]") -> Iterator[dict[str, Any]]:
    for entry in entries.select_related("link").iterator(CHUNK):
        link = getattr(entry, "link", None)
        row = {name: getattr(entry, name, None) for name in FIELDS}
        yield row | {
            "at": entry.at.isoformat(),
            "number": link.number if link else None,
            "link_mac": link.mac if link else None,
        }


class _Echo:
    """What csv.writer writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(entries: "QuerySet[Entry]") -> Iterator[str]:
    """A header, then a line for each entry; no cell begins like a formula."""
    writer = csv.writer(_Echo())
    yield writer.writerow(FIELDS)
    for row in _rows(entries):
        cells = [json.dumps(row[name]) if name == "details" else _cell(row[name]) for name in FIELDS]
        yield writer.writerow(cells)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_jsonl(entries: "QuerySet[Entry]") -> Iterator[str]:
    """An object for each entry, one on each line."""
    for row in _rows(entries):
        yield json.dumps(row, ensure_ascii=False) + "\n"


# name: (how it is written, its media type)
FORMATS: dict[str, tuple[Callable[["QuerySet[Entry]"], Iterator[str]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_jsonl, "application/jsonl"),
}
