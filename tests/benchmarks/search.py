"""A search without its embedding beside the embedding; the vector search alone beside half precision and ChromaDB."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from tests.benchmarks import venv
from tests.benchmarks.figures import Figure
from tests.benchmarks.stage import Stage
from tests.engines import ROOT

QUICK, SIZES = (600,), (12_000, 200_000)


def run(stage: Stage, *, quick: bool) -> Iterator[Figure]:
    """For each size a database of its own, in a process of its own (search_worker)."""
    python = str(venv.PYTHON) if venv.is_complete() else sys.executable
    for size in QUICK if quick else SIZES:
        command = [python, "-m", "tests.benchmarks.search_worker", str(size), *(["--quick"] if quick else [])]
        worker = subprocess.run(command, cwd=ROOT, env=stage.live.environment, capture_output=True, text=True)
        if worker.returncode:
            raise RuntimeError(f"the search benchmark failed: {worker.stderr[-2000:]}")
        yield from _figures(size, json.loads(worker.stdout.splitlines()[-1]))


def _figures(size: int, seen: dict[str, Any]) -> Iterator[Figure]:
    large = size > 100_000
    embedding = seen.get("embedding_p50")
    goal = "p95 at most 50 ms" if large else "at most 1 times the embedding at p50, 3 times at p95"
    figure = Figure(f"search {size}", "ms", seen["search_p50"], embedding, goal, more={"p95": seen["search_p95"]})
    if large:
        figure.holds = seen["search_p95"] <= 50
    elif embedding:
        figure.holds = seen["search_p50"] <= embedding and seen["search_p95"] <= 3 * embedding
    yield figure
    recall = Figure(f"search {size} recall", "share", seen["recall"], None, "recall@10 against exact at least .98")
    recall.holds = seen["recall"] >= 0.98
    yield recall
    yield from _beside(size, seen["reached"])


def _beside(size: int, reached: list[dict[str, Any]]) -> Iterator[Figure]:
    """At each recall the product's index beside the others, of those that find so much."""
    for ours in reached:
        if ours["engine"] != "pgvector":
            continue
        for other in reached:
            if other["target"] == ours["target"] and other is not ours:
                figure = Figure(
                    f"vectors {size} at recall {ours['target']}, {other['engine']}",
                    "ms",
                    ours["p50"],
                    other["p50"],
                    "at most 1",
                    more={
                        "effort": ours["effort"],
                        "recall": ours["recall"],
                        "baseline_effort": other["effort"],
                        "baseline_recall": other["recall"],
                    },
                )
                yield figure.ratio_at_most(1)
