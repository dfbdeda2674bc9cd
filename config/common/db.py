"""The one way to do ORM work from async code.

Channels' own `database_sync_to_async` puts every query of every socket of a process on one thread. This executor is
bounded, and the connection pool is sized for it (`DB_POOL_SIZE` in config.asgi).
"""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connection, connections

P = ParamSpec("P")
T = TypeVar("T")

# To take a connection from the pool, which asks whether it lives, costs as much as a query: a busy thread keeps its own.
# One that was idle for longer than this goes back, and is asked.
KEPT_SECONDS = 1.0

_executor = ThreadPoolExecutor(settings.DB_EXECUTOR_THREADS, thread_name_prefix="orm")
_used = threading.local()


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` on a thread of the bounded executor, with a connection of its own, and await its result."""
    call = partial(contextvars.copy_context().run, _on_connection, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_executor, call)


def _on_connection(call: Callable[[], T]) -> T:
    keeps = settings.DB_POOL_SIZE > 0
    if not keeps or time.monotonic() - getattr(_used, "at", 0.0) > KEPT_SECONDS:
        close_old_connections()
    try:
        return call()
    finally:
        _used.at = time.monotonic()
        if not keeps or connection.errors_occurred:
            close_old_connections()


def rows(statement: str, parameters: Any = None, *, binary: bool = False) -> list[tuple[Any, ...]]:
    """What a statement gives, in this thread's transaction if there is one; raises Django's database errors.

    It is prepared once for a connection: Django's own cursors have PostgreSQL read and plan the text each time, and put
    the parameters into it themselves (docs/performance.md). binary: bytes come as such.
    """
    own = connections[DEFAULT_DB_ALIAS]  # `connection` looks it up anew for each attribute
    own.ensure_connection()
    with own.wrap_database_errors:
        cursor = psycopg.Cursor(own.connection)
        cursor.execute(statement, parameters, prepare=True, binary=binary)  # type: ignore[call-overload]
        has_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0
        return cursor.fetchall() if has_rows else []
