"""A Redis client that waits for a silent server once, not at every command of every request."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.client import Pipeline

T = TypeVar("T")

# For so long nobody else waits for a Redis that did not answer; then one command tries again.
PAUSE_SECONDS = 1.0


class Gate:
    """Shut while Redis is silent, so that a request with three commands waits once, and threads do not pile up."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._shut_until: float | None = None

    def through(self, command: Callable[[], T]) -> T:
        """Run `command`; redis.TimeoutError at once while the gate is shut."""
        with self._lock:
            if self._shut_until is not None:
                now = time.monotonic()
                if now < self._shut_until:
                    raise redis.TimeoutError("Redis did not answer a moment ago.")
                self._shut_until = now + self._timeout_seconds  # this one tries; the others go on without
        try:
            result = command()
        except redis.TimeoutError:
            self._shut_until = time.monotonic() + PAUSE_SECONDS
            raise
        except redis.ConnectionError:
            self._shut_until = None  # refused: that is answered at once
            raise
        self._shut_until = None
        return result


class _GatedPipeline(Pipeline):
    gate: Gate

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        command = super().execute
        return self.gate.through(lambda: command(raise_on_error))

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        command = super().immediate_execute_command
        return self.gate.through(lambda: command(*args, **options))  # type: ignore[no-untyped-call]


class GatedRedis(redis.Redis):
    """The blocking client, all of whose commands and pipelines pass one gate."""

    gate: Gate

    def execute_command(self, *args: Any, **options: Any) -> Any:
        command = super().execute_command
        return self.gate.through(lambda: command(*args, **options))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        pipeline = _GatedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.gate = self.gate
        return pipeline
