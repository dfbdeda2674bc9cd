"""Doing an action and telling those concerned: the one door between actions and the world.

An action commits first; only then are followers woken and runs started. Nobody who leaves half-way (a socket that
closes, a request that is given up) can come between the two.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from asgiref.sync import async_to_sync

from config.common import db, events, tracing
from support import fanout, wakeups
from support.change import Change

C = TypeVar("C", Change, Change | None)

_under_way: set["asyncio.Task[Any]"] = set()


async def perform(action: Callable[..., C], *args: Any, **kwargs: Any) -> C:
    """Run `action` on a database thread and announce its change. Cancelling the caller does not cancel this."""
    task = asyncio.create_task(_perform(action, *args, **kwargs))
    _under_way.add(task)
    task.add_done_callback(_done)
    return await asyncio.shield(task)


def _done(task: "asyncio.Task[Any]") -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # looked at here, because a caller that was cancelled meanwhile does not


async def _perform(action: Callable[..., C], *args: Any, **kwargs: Any) -> C:
    with tracing.span(f"commit {action.__name__}") as span:
        change = await db.run(action, *args, **kwargs)
        if change is not None:
            span.set(_told(change))
            fanout.hub().announce(change)
    return change


def _told(change: Change) -> dict[str, Any]:
    """What a trace tells of a change."""
    conversation = change.conversation
    return {
        "gen_ai.conversation.id": str(conversation.id),
        "replywell.seq": conversation.last_seq,
        "replywell.state": conversation.state,
    }


def perform_sync(action: Callable[..., C], *args: Any, **kwargs: Any) -> C:
    """The same for threads: REST views, the admin, Celery tasks."""
    with tracing.span(f"commit {action.__name__}") as span:
        change = action(*args, **kwargs)
        if change is not None:
            span.set(_told(change))
            _tell(change)
    return change


def _tell(change: Change) -> None:
    """Announce a change from a thread, in a process with a hub or without one."""
    hub = fanout.running()
    if hub is not None:
        hub.call(hub.announce, change)
        return
    try:
        async_to_sync(wakeups.send)(change)
    except Exception as error:  # noqa: BLE001 - Redis is away; the web processes' poll finds out
        events.emit(events.Event.FANOUT_FAILED, "warning", reason=type(error).__name__)
