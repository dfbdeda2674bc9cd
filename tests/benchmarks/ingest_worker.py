"""`manage.py ingest`'s embedding beside the bare model, and its memory: `python -m tests.benchmarks.ingest_worker CORPUS [SIZE…]`.

The first SIZE is embedded with the real model, against the model alone on the same texts, in turns, so that whoever else uses the
machine slows down both. Of every SIZE the memory is looked at, with vectors that cost nothing.
"""

import itertools
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import processors

_PARTS = 8


def forget_peak() -> None:
    """From now on the peak counts anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """MiB: the most that this process has had resident."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def timed(work: Any) -> tuple[float, float]:
    """Seconds on the clock, and of processor time of this process and of its database."""
    clock, cpu = time.perf_counter(), _processor_seconds()
    work()
    return time.perf_counter() - clock, _processor_seconds() - cpu


def _processor_seconds() -> float:
    return time.process_time() + sum(processors.tree_seconds(engine.pid) for engine in processors.engines())


def speed(lines: list[str]) -> dict[str, float]:
    """Texts per second: the model alone, and storing what it gives."""
    from knowledge import bulk, index
    from knowledge.embeddings import backend
    from knowledge.models import Article, Chunk

    load(lines)
    chunks = list(Chunk.objects.select_related("article"))
    texts = sorted((index.embedded_text(chunk) for chunk in chunks), key=len)
    articles = list(Article.objects.values_list("pk", flat=True))
    backend().encode("warm")
    bare, ours = [0.0, 0.0], [0.0, 0.0]
    for part in range(_PARTS):
        works = [
            (bare, lambda part=part: backend().encode_many(texts[part::_PARTS])),
            (ours, lambda part=part: bulk.embed(articles[part::_PARTS])),
        ]
        # Neither is always the second, which has more of a load that grows.
        for total, work in works if part % 2 else reversed(works):
            for place, seconds in enumerate(timed(work)):
                total[place] += seconds
    assert not Chunk.objects.filter(embedding=None).exists()
    count = len(texts)
    return {
        "passages": count,
        "bare_per_second": round(count / bare[0], 1),
        "ours_per_second": round(count / ours[0], 1),
        "share": round(bare[0] / ours[0], 3),
        "share_of_processor": round(bare[1] / ours[1], 3),
    }


def load(lines: list[str]) -> None:
    """Store articles of these lines, without vectors."""
    from knowledge.converters import convert
    from knowledge.converters.storing import Import

    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(lines)
        file.flush()
        run = Import()
        for found in convert(Path(file.name)):
            run.add(found)


def memory(lines: list[str]) -> float:
    """The most memory while these are ingested by the command, with vectors that cost nothing."""
    from django.core.management import call_command

    from knowledge import bulk
    from knowledge.models import Article
    from tests.benchmarks.embedding import FixedBackend

    Article.objects.all().delete()
    setattr(bulk, "backend", lambda model=None: FixedBackend())  # noqa: B010 - as the type is another
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file, open(os.devnull, "w") as nowhere:
        file.writelines(lines)
        file.flush()
        forget_peak()
        call_command("ingest", file.name, stdout=nowhere, stderr=nowhere)
    return peak()


def main() -> None:
    import django

    from tests import engines

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    corpus, *sizes = sys.argv[1:]
    with open(corpus) as file:
        lines = list(itertools.islice(file, max(map(int, sizes))))
    lines = [line if '"id"' in line else line.replace('"_id"', '"id"', 1) for line in lines]
    print(json.dumps(speed(lines[: int(sizes[0])])), flush=True)
    for size in map(int, sizes):
        print(json.dumps({"documents": size, "peak_mib": round(memory(lines[:size]), 1)}), flush=True)
    engines.pytest_unconfigure()


if __name__ == "__main__":
    main()
