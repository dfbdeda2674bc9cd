"""An index of a million chunks: `python -m tests.benchmarks.million COLLECTION FOLDER [--chunks N] [--beside ENGINE…] …`.

Builds it out of the collection's chunks (tests.benchmarks.copies) in a PostgreSQL of its own in FOLDER, starts that server anew with
none of its files in memory, and searches. FOLDER is kept: a second call only searches. Prints a line of JSON for each step.
`--beside` also looks for the nearest vectors at half precision, and with ChromaDB (which needs .venv-bench's python), at equal recall.
"""

import argparse
import json
import os
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from config.devservices import postgres
from config.devservices.engines import running
from tests.benchmarks.watching import Watch

_EFFORTS = (40, 80, 120, 160, 200, 240, 320, 400, 640, 1000)
_SIZES = """
SELECT relname, pg_relation_size(c.oid) + coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0) FROM pg_class c
WHERE relnamespace = 'public'::regnamespace AND relname ~ '^(knowledge_)?(chunk|posting|article)' AND relkind IN ('r', 'i')
    AND pg_relation_size(c.oid) > 1e6 ORDER BY 2 DESC
"""


def say(step: str, **figures: Any) -> None:
    """Print one line of JSON."""
    print(json.dumps({"step": step, **figures}), flush=True)


@contextmanager
def server(folder: Path, **settings: str) -> Iterator[None]:
    """PostgreSQL in FOLDER with these settings; Django uses it."""
    from django.db import connections

    postgres.SETTINGS.update(settings)
    with running(folder) as engines:
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = engines.database_url, engines.redis_url
        from tests import engines as _  # noqa: F401 - its environment; it starts nothing, as both addresses are given

        _set_up()
        yield
        connections.close_all()


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def build(copies: Any, watch: Watch) -> None:
    """Load all, then make the indexes anew, one by one; the statistics and what autovacuum does come last."""
    from django.db import connection

    from knowledge import statistics
    from tests.benchmarks import loading

    missing = loading.take_down()
    if "chunk_embedding_hnsw" not in missing:
        raise SystemExit("What an interrupted call has left there cannot be gone on with: remove FOLDER/postgres.")
    with watch.step("load"):
        copies.load()
    with connection.cursor() as cursor:
        # As knowledge.reindex does it, but with as much memory as the graph needs.
        cursor.execute("SET max_parallel_maintenance_workers = 0; SET maintenance_work_mem = '4GB'")
        for name, statement in missing.items():
            with watch.step(name):
                cursor.execute(statement)
        with watch.step("vacuum"):
            cursor.execute("VACUUM ANALYZE")
    with watch.step("statistics"):
        statistics.refresh()


def measure(copies: Any, engines: list[str]) -> None:
    """Searches right after the start and again; the vectors' recall by effort; engines beside it; sizes."""
    from django.db import connection

    from knowledge import embeddings
    from tests.benchmarks import vectors

    questions = copies.questions
    search = vectors.search_with(questions)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    for name in ("search, cold", "search, again", "search, warm"):
        p50, p95 = _timed(search, questions)
        say(name, p50=p50, p95=p95)
    p50, p95 = _timed(embeddings.backend().encode, [question.text for question in questions])
    say("embedding", p50=p50, p95=p95)
    exact = [list(names) for names in copies.exact(vectors.NEAREST)]
    for effort in (None, *_EFFORTS):
        nearest = partial(vectors.nearest, effort=effort)
        # More effort reads what has not been read yet: once for that, once for the time.
        found = [nearest(question) for question in questions]
        p50, p95 = _timed(nearest, questions)
        say("vectors", effort=effort or "the product's", p50=p50, p95=p95, recall=vectors.recall(found, exact))
    if engines:
        _beside(copies, exact, engines)
    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        say("sizes", **{name: f"{size / 2**20:.0f} MiB" for name, size in cursor.fetchall()})


def _beside(copies: Any, exact: list[list[int]], engines: list[str]) -> None:
    from tests.benchmarks import chroma, pgvectors, recall

    others: AbstractContextManager[list[recall.Engine]]
    others = chroma.engines(copies.vectors()) if "chromadb" in engines else nullcontext([])
    with pgvectors.engines() as ours, others as more:
        for reached in recall.compare([*ours, *more], copies.questions, exact):
            say("beside", **asdict(reached))
        say("halfvec", mib=pgvectors.half_mib())


def _timed(call: Callable[[Any], Any], arguments: list[Any]) -> tuple[float, float]:
    """The median and the 95th percentile in milliseconds."""
    from knowledge.evaluation.metrics import percentile

    times = []
    for argument in arguments:
        started = time.perf_counter()
        call(argument)
        times.append((time.perf_counter() - started) * 1000)
    return round(percentile(times, 0.5), 1), round(percentile(times, 0.95), 1)


def forget(folder: Path) -> None:
    """Have the system's page cache hold none of the files."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.million", description=__doc__)
    parser.add_argument("collection", type=Path, help="a folder with corpus.jsonl and queries.jsonl")
    parser.add_argument("folder", type=Path, help="for the database; 25 GB for a million chunks")
    parser.add_argument("--chunks", type=int, default=1_000_000)
    parser.add_argument("--real", type=int, default=100_000, help="at most so many are the collection's own")
    parser.add_argument("--shared-buffers", default="256MB", help="of the server that is searched")
    parser.add_argument("--beside", nargs="+", choices=("halfvec", "chromadb"), default=[], metavar="ENGINE")
    arguments = parser.parse_args()
    arguments.folder.mkdir(exist_ok=True, parents=True)
    done = arguments.folder / "done.json"
    kept = arguments.folder / "real.pickle"
    if not done.exists():
        with server(arguments.folder, shared_buffers="2GB", max_wal_size="8GB"):
            from tests.benchmarks.copies import Copies, real

            if not kept.exists():
                kept.write_bytes(pickle.dumps(real(arguments.collection, arguments.real)))
            build(Copies(pickle.loads(kept.read_bytes()), arguments.chunks), Watch(arguments.folder, say))
            done.write_text(json.dumps(arguments.chunks))
    forget(arguments.folder)
    with server(arguments.folder, shared_buffers=arguments.shared_buffers):
        from tests.benchmarks.copies import Copies

        measure(Copies(pickle.loads(kept.read_bytes()), json.loads(done.read_text())), arguments.beside)


if __name__ == "__main__":
    main()
