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

_WARM = 20


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


def timed(calls: dict[str, Callable[[Any], Any]], questions: list[Any]) -> dict[str, float]:
    """`{NAME_p50, NAME_p95}` in milliseconds, after a round to warm up. Each question goes to all calls, in turns."""
    from knowledge.evaluation.metrics import percentile

    times: dict[str, list[float]] = {name: [] for name in calls}
    for question in [*questions[:_WARM], *questions]:
        for name, call in calls.items():
            started = time.perf_counter()
            call(question)
            times[name].append((time.perf_counter() - started) * 1000)
    return {
        f"{name}_p{percent}": percentile(took[_WARM:], percent / 100)
        for name, took in times.items()
        for percent in (50, 95)
    }


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
    calls: dict[str, Callable[[Any], Any]] = {"search": vectors.search_with(questions)}
    if not quick:
        calls["embedding"] = lambda question: embeddings.backend().encode(f"How do I set up {question.text}?")
    seen: dict[str, Any] = timed(calls, questions)
    exact = [vectors.exact(data.vectors, question) for question in questions]
    seen["recall"] = vectors.recall([vectors.nearest(question) for question in questions], exact)
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
