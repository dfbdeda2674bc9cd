"""The one Redis client factory.

Commands run on threads, through the blocking client: a redis-py command that is cancelled half-way can hand its
reply to the next caller of the connection, and a thread cannot be cancelled.
"""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

T = TypeVar("T")

Error = redis.RedisError

# Fail fast: a stopped Redis must not hold a request for longer than this.
TIMEOUT_SECONDS = 1.5
# For so long nobody else waits for a Redis that did not answer; then one command tries again.
PAUSE_SECONDS = 1.0


class _Gate:
    """Shut while Redis is silent, so that a request with three commands waits once, and threads do not pile up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shut_until: float | None = None

    def through(self, command: Callable[[], T]) -> T:
        """Run `command`; redis.TimeoutError at once while the gate is shut."""
        with self._lock:
            if self._shut_until is not None:
                now = time.monotonic()
                if now < self._shut_until:
                    raise redis.TimeoutError("Redis did not answer a moment ago.")
                self._shut_until = now + TIMEOUT_SECONDS  # this one tries; the others go on without
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


class _Pipeline(Pipeline):
    gate: _Gate

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        command = super().execute
        return self.gate.through(lambda: command(raise_on_error))

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        command = super().immediate_execute_command
        return self.gate.through(lambda: command(*args, **options))  # type: ignore[no-untyped-call]


class _Client(redis.Redis):
    gate: _Gate

    def execute_command(self, *args: Any, **options: Any) -> Any:
        command = super().execute_command
        return self.gate.through(lambda: command(*args, **options))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        pipeline = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.gate = self.gate
        return pipeline


@cache
def client() -> redis.Redis:
    """The process's client with its thread-safe pool; replies are bytes."""
    made = _Client.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=30,
        # A connection that Redis closed when it restarted is made anew. Not after a timeout: that would wait twice.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    made.gate = _Gate()  # type: ignore[attr-defined]
    return made
