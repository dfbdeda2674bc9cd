"""The tables of the next index: like the live ones, in a schema of their own, under the same names.

A transaction of `inside` sees them in the place of the live ones, so that all that is said of an index elsewhere (chunks,
postings, statistics, searches) is said of the next one too. Nobody else looks there.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from knowledge import recipes
from knowledge.models import Chunk, Collection, IndexRecord, Lexeme, Posting
from knowledge.recipes import Recipe

LIVE, NEXT, PAST = "public", "replywell_next", "replywell_past"
# In the order in which a search locks them, so that a swap and a search never wait for each other in a circle.
TABLES = [model._meta.db_table for model in (IndexRecord, Collection, Chunk, Posting, Lexeme)]

_KEYS = """
SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint
JOIN pg_class ON pg_class.oid = conrelid
WHERE conrelid = ANY(%s::regclass[]) AND contype = ANY(%s) ORDER BY contype DESC, conname
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am ON pg_am.oid = c.relam
WHERE i.indrelid = ANY(%s::regclass[]) AND (amname = 'hnsw') = %s
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid) ORDER BY c.relname
"""
_ARTICLES = "REFERENCES knowledge_article"


@contextmanager
def inside() -> Iterator[None]:
    """A transaction that sees the next index instead of the live one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        before = cursor.fetchone()
        cursor.execute(f"SET LOCAL search_path TO {NEXT}, {LIVE}")
        yield
        # An outer transaction, if there is one, goes on with the live index.
        cursor.execute("SELECT set_config('search_path', %s, true)", before)


def exist(schema: str = NEXT) -> bool:
    """Whether there is such a schema: whether an index is being built, or what is past still has to go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def are_like_live() -> bool:
    """Whether they have the columns that the live ones have now: a migration may have come between."""
    columns = """SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = %s AND table_name = ANY(%s) ORDER BY 1, 2"""
    with connection.cursor() as cursor:
        cursor.execute(columns, [LIVE, TABLES])
        live = cursor.fetchall()
        cursor.execute(columns, [NEXT, TABLES])
        return bool(live == cursor.fetchall())


@transaction.atomic
def create(recipe: Recipe) -> None:
    """Make them, empty, for an index of this recipe: with keys and indexes, but those of the vectors.

    `built` notes of each article in which state it was when its chunks were made.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {NEXT}")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE {NEXT}.{table} (LIKE {LIVE}.{table} INCLUDING ALL EXCLUDING INDEXES)")
        cursor.execute(f"CREATE TABLE {NEXT}.built (article_id uuid PRIMARY KEY, version int, pins text)")
        cursor.execute(f"ALTER TABLE {NEXT}.knowledge_chunk ALTER embedding TYPE vector({recipe.dimensions})")
        keys = _rows(_KEYS, ["p", "u"])
    execute(f"ALTER TABLE {NEXT}.{table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys)
    execute(_moved(index) for (index,) in _rows(_INDEXES, False))
    with inside():
        recipes.record(recipe)


def vector_indexes() -> list[str]:
    """The statements that make the indexes of the vectors, which is faster and better done when all are there."""
    return [_moved(index) for (index,) in _rows(_INDEXES, True)]


def inner_keys() -> list[str]:
    """The statements that tie the next index's tables to each other."""
    return [
        f"ALTER TABLE {NEXT}.{table} ADD CONSTRAINT {name} {definition}"
        for table, name, definition in _rows(_KEYS, ["f"])
        if _ARTICLES not in definition
    ]


def outer_keys() -> list[str]:
    """The statements that tie it to the articles, once it is live. What is there is not looked at: see `validate`."""
    return [
        f"ALTER TABLE {LIVE}.{table} ADD CONSTRAINT {name} {definition.removesuffix(' NOT VALID')} NOT VALID"
        for table, name, definition in _rows(_KEYS, ["f"])
        if _ARTICLES in definition
    ]


def validate() -> None:
    """Have PostgreSQL look at what `outer_keys` left unseen, while the site goes on."""
    query = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated AND conrelid = ANY(%s::regclass[])"
    with connection.cursor() as cursor:
        cursor.execute(query, [_live()])
        execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}" for table, name in cursor.fetchall())


def missing_indexes() -> list[str]:
    """Which of the live tables' indexes the next ones lack, or have only under the same name."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT live.indexname FROM pg_indexes live WHERE live.schemaname = '{LIVE}' AND tablename = ANY(%s)
            AND replace(indexdef, ' {LIVE}.', '') NOT IN (
                SELECT replace(indexdef, ' {NEXT}.', '') FROM pg_indexes WHERE schemaname = '{NEXT}'
            ) ORDER BY 1""",
            [TABLES],
        )
        return [name for (name,) in cursor.fetchall()]


def drop(schema: str = NEXT) -> None:
    """Throw away what is there, if anything is."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _live() -> list[str]:
    return [f"{LIVE}.{table}" for table in TABLES]


def _rows(query: str, what: list[str] | bool) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [_live(), what])
        rows: list[tuple[str, ...]] = cursor.fetchall()
        return rows


def execute(statements: Iterable[str]) -> None:
    """Run them one after the other."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _moved(index: str) -> str:
    """The definition of a live index, for the next one's table of the same name."""
    return index.replace(f" ON {LIVE}.", f" ON {NEXT}.", 1)
