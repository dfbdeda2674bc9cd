"""Looking through every column of every table that can hold text, whoever made the table."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from config.common.audit.models import Entry
from support.privacy.marks import UUID_PATTERN, Marks

# Numbers, times, vectors and bytes hold no ids. Of arrays those of texts and ids do.
_COLUMNS = """
SELECT columns.table_schema, columns.table_name, array_agg(columns.column_name::text ORDER BY ordinal_position)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_type = 'BASE TABLE' AND columns.table_schema NOT IN ('pg_catalog', 'information_schema')
    AND (columns.data_type IN ('uuid', 'text', 'character varying', 'character', 'json', 'jsonb', 'xml', 'inet')
        OR columns.udt_name IN ('_uuid', '_text', '_varchar', '_json', '_jsonb'))
GROUP BY 1, 2 ORDER BY 1, 2
"""
# The audit trail keeps ids, of what is no more as well: an entry can neither be changed nor removed. Nothing else may be in it.
KEEPS_IDS = {Entry._meta.db_table}
# Once in a statement: there may be many.
_ERASED = "WITH erased AS MATERIALIZED (SELECT unnest(%(marks)s::text[]) AS mark)"
# The same mark as `support.privacy.marks` makes.
_MARKED = """EXISTS (SELECT FROM regexp_matches({column}::text, %(pattern)s, 'g') AS found
    WHERE left(encode(sha256(convert_to(%(salt)s || lower(replace(found[1], '-', '')), 'UTF8')), 'hex'), 32)
        IN (SELECT mark FROM erased))"""
_SAID = "EXISTS (SELECT FROM unnest(%(texts)s::text[]) AS said WHERE strpos(lower({column}::text), lower(said)) > 0)"


def names() -> list[tuple[str, str, list[str]]]:
    """What there is to look through: (schema, table, columns)."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        found: list[tuple[str, str, list[str]]] = cursor.fetchall()
        return found


def search(marks: Marks, texts: Sequence[str]) -> Iterator[dict[str, int]]:
    """For each table of `names`, which is read once: how many rows hold an id with one of the marks (unless it is to
    keep ids), or one of the texts in any case, by `table.column`."""
    values = {
        "pattern": f"({UUID_PATTERN})",
        "salt": marks.salt,
        "marks": sorted(marks.known),
        "texts": list(texts),
    }
    for schema, table, columns in names():
        yield _search(schema, table, columns, values)


def _search(schema: str, table: str, columns: list[str], values: dict[str, Any]) -> dict[str, int]:
    quote = connection.ops.quote_name
    tests = ([] if table in KEEPS_IDS else [_MARKED]) + ([_SAID] if values["texts"] else [])
    test = " OR ".join(tests) or "false"
    counts = ", ".join(f"count(*) FILTER (WHERE {test.format(column=quote(column))})" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"{_ERASED} SELECT {counts} FROM {quote(schema)}.{quote(table)}", values)
        row = cursor.fetchone()
    prefix = table if schema == "public" else f"{schema}.{table}"
    return {f"{prefix}.{column}": count for column, count in zip(columns, row, strict=True) if count}
