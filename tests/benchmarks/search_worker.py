"""`python -m tests.benchmarks.search_worker SIZE [--quick]`: times searches in a database of its own, prints JSON."""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg


@contextmanager
def own_database() -> Iterator[None]:
    """DATABASE_URL names a new database, which goes away again."""
    name, url = f"bench_{uuid.uuid4().hex}", os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def timed(call: Callable[[Any], Any], arguments: list[Any]) -> tuple[float, float, list[Any]]:
    """The median and the 95th percentile in milliseconds, after a round to warm up; and the results."""
    from knowledge.evaluation.metrics import percentile

    for argument in arguments[:20]:
        call(argument)
    times, results = [], []
    for argument in arguments:
        started = time.perf_counter()
        results.append(call(argument))
        times.append((time.perf_counter() - started) * 1000)
    return percentile(times, 0.5), percentile(times, 0.95), results


def measure(size: int, quick: bool) -> dict[str, Any]:
    """What `search` makes figures of."""
    from django.db import connection

    from knowledge import embeddings, statistics
    from tests.benchmarks import chroma, passages, pgvectors, recall, vectors

    data = passages.Passages(size)
    data.load()
    statistics.refresh()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    questions = data.questions(20 if quick else 200)
    seen: dict[str, Any] = {}
    if not quick:
        seen["embedding_p50"], _, _ = timed(
            embeddings.backend().encode, [f"How do I set up {q.text}?" for q in questions]
        )
    seen["search_p50"], seen["search_p95"], _ = timed(vectors.search_with(questions), questions)
    _, _, found = timed(vectors.nearest, questions)
    exact = [vectors.exact(data.vectors, question) for question in questions]
    seen["recall"] = vectors.recall(found, exact)
    with pgvectors.engines() as ours, chroma.engines(data.vectors) as others:
        seen["reached"] = [asdict(one) for one in recall.compare([*ours, *others], questions, exact)]
    return seen


def main(size: int, quick: bool) -> None:
    """A few passages fit in temporary tables, many get a database of their own."""
    import django

    with nullcontext() if quick else own_database():
        django.setup()
        from django.core.management import call_command
        from django.db import connections

        from knowledge.evaluation import scratch

        if not quick:
            call_command("migrate", verbosity=0)
        with scratch.knowledge_base() if quick else nullcontext():
            line = json.dumps(measure(size, quick))
        connections.close_all()
    print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]), "--quick" in sys.argv)
