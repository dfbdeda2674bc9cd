"""The one way to do ORM work from async code.

Channels' own `database_sync_to_async` puts every query of every socket of a process on one thread. This executor is
bounded, and the connection pool is sized for it (`DB_POOL_SIZE` in config.asgi).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings

P = ParamSpec("P")
T = TypeVar("T")

_executor = ThreadPoolExecutor(settings.DB_EXECUTOR_THREADS, thread_name_prefix="orm")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` on a thread of the bounded executor, with a connection of its own, and await its result."""
    call: Any = database_sync_to_async(function, thread_sensitive=False, executor=_executor)
    result: T = await call(*args, **kwargs)
    return result
