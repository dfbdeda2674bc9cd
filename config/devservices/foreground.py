"""Runs a supervisor in the foreground until the user or the system ends it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from .errors import DevServicesError
from .lock import release_lock, take_lock
from .process import Guard
from .screen import Screen
from .supervisor import Supervisor

PARENT_CHECK_SECONDS = 1.0

Start = Callable[[Supervisor], Awaitable[None]]


async def in_foreground(data_dir: Path, screen: Screen, start: Start) -> int:
    """Start everything, wait for a signal, stop everything; returns the exit code."""
    lock = take_lock(data_dir)
    guard = Guard(lock)
    supervisor = Supervisor(screen, guard)
    stopping = asyncio.Event()

    def on_signal() -> None:
        if stopping.is_set():
            supervisor.hurry.set()
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)
    watching = asyncio.create_task(follow_make(stopping))
    starting = asyncio.ensure_future(start(supervisor))
    try:
        return await until_stopped(starting, stopping, screen)
    finally:
        watching.cancel()
        stopping.set()
        await supervisor.stop()
        guard.close()
        release_lock(lock)
        screen.say("Stopped.")


async def until_stopped(starting: "asyncio.Future[None]", stopping: asyncio.Event, screen: Screen) -> int:
    """Wait for the end of the start and then for a signal, whichever way they come."""
    stopped = asyncio.create_task(stopping.wait())
    either: list[asyncio.Future[Any]] = [starting, stopped]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
    elif error := starting.exception():
        stopped.cancel()
        if not isinstance(error, DevServicesError):
            raise error
        screen.say(f"Cannot start. {error}")
        return 1
    await stopped
    screen.say("Stopping ... (once more: at once)")
    return 0


async def follow_make(stopping: asyncio.Event) -> None:
    """Stop when the `make` above us is gone or interrupted.

    A Ctrl-C in the terminal reaches us as well. But a signal sent to `make` alone leaves it
    waiting for us to end by ourselves.
    """
    if "MAKELEVEL" not in os.environ:
        return
    parent = os.getppid()
    catches = catches_interrupt(parent)
    while os.getppid() == parent and catches_interrupt(parent) == catches:
        await asyncio.sleep(PARENT_CHECK_SECONDS)
    stopping.set()


def catches_interrupt(pid: int) -> bool:
    """Whether a process handles SIGINT; GNU make no longer does once it has had one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)
