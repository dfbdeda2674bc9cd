"""PostgreSQL's vector search alone: of the product's index, and of one at half precision beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import connection
from pgvector.psycopg import register_vector

from tests.benchmarks.passages import DIMENSIONS, Question, number_of
from tests.benchmarks.recall import Engine
from tests.benchmarks.vectors import NEAREST

_HALF = f"embedding::halfvec({DIMENSIONS})"
_HALF_INDEX = f"""
CREATE INDEX bench_halfvec ON knowledge_chunk USING hnsw (({_HALF}) halfvec_ip_ops) WITH (m = 16, ef_construction = 64)
"""
# For the index's graph of a million at half precision; it is built many times slower once it does not fit.
_MEMORY = "SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '3GB'"


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """Both. The second index goes away with the block."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        cursor.execute(_HALF_INDEX)
        cursor.execute(
            "SET plan_cache_mode = force_generic_plan; SET hnsw.iterative_scan = strict_order; SET jit = off"
        )
        try:
            yield [
                _engine("pgvector", "embedding <#> %b::vector"),
                _engine("pgvector halfvec", f"{_HALF} <#> %b::vector::halfvec({DIMENSIONS})"),
            ]
        finally:
            cursor.execute("DROP INDEX bench_halfvec")


def half_mib() -> float:
    """The size of the second index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('bench_halfvec') / 2 ^ 20")
        return round(float(cursor.fetchone()[0]), 1)


def _engine(name: str, distance: str) -> Engine:
    """A statement that is planned once, and one round trip."""
    connection.ensure_connection()
    register_vector(connection.connection)
    cursor: psycopg.Cursor[tuple[UUID]] = psycopg.Cursor(connection.connection)
    query = f"SELECT id FROM knowledge_chunk ORDER BY {distance} LIMIT {NEAREST}"

    def ask(question: Question) -> list[int]:
        cursor.execute(query, [question.vector], prepare=True)
        return [number_of(name) for (name,) in cursor.fetchall()]

    return Engine(name, lambda effort: cursor.execute(f"SET hnsw.ef_search = {effort}"), ask)
