"""Threads for calls to other systems: they block, and must not hold up the loop or the database's threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Calls that a process has under way at once. One that finds no thread in its time is never begun.
_executor = ThreadPoolExecutor(32, thread_name_prefix="connector")


async def run(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` on a thread and await its result."""
    return await asyncio.get_running_loop().run_in_executor(_executor, partial(function, *args, **kwargs))
