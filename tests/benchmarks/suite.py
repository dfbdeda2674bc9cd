"""The benchmarks by name."""

from collections.abc import Callable, Iterator

from tests.benchmarks import delivery, search, turns
from tests.benchmarks.figures import Figure

BENCHMARKS: dict[str, Callable[..., Iterator[Figure]]] = {
    "turns": turns.run,
    "messages": delivery.messages,
    "idle": delivery.idle,
    "reconnect": delivery.reconnect,
    "search": search.run,
}
