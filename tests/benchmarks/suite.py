"""The benchmarks by name."""

from collections.abc import Callable, Iterator

from tests.benchmarks import delivery, search, turns
from tests.benchmarks.figures import Figure
from tests.benchmarks.stage import CLUSTER, Stage


def cluster(stage: Stage, *, quick: bool) -> Iterator[Figure]:
    """Cost and delivery once more, of two web processes behind nginx. The baselines are single processes."""
    for benchmark in (turns.run, delivery.messages, delivery.idle, delivery.reconnect):
        for figure in benchmark(stage, quick=quick, ours=CLUSTER):
            figure.name = f"{CLUSTER}_{figure.name}"
            yield figure


BENCHMARKS: dict[str, Callable[..., Iterator[Figure]]] = {
    "turns": turns.run,
    "messages": delivery.messages,
    "idle": delivery.idle,
    "reconnect": delivery.reconnect,
    "search": search.run,
    "cluster": cluster,
}
