"""Celery tasks: what must happen even when no web process is up."""

import asyncio
from importlib import import_module
from uuid import UUID

from celery import shared_task
from django.conf import settings

from config.common import events
from config.common.errors import Unavailable
from sessions_app.lock import Held, HeldByAnother, hold
from support import fanout, idle_actions, queries, runs
from support.escalation import tasks as escalation
from support.notifications import tasks as notifications
from support.perform import perform_sync
from support.privacy import tasks as privacy
from support.second_factor import tasks as second_factor
from support.verification import tasks as verification
from support.webhooks import tasks as webhooks
from support.workplaces import choosing

# Where Celery looks for tasks.
__all__ = ["escalation", "notifications", "privacy", "second_factor", "verification", "webhooks"]


@shared_task
def sweep_runs() -> None:
    """Hand abandoned runs to workers. Web processes look every two seconds and are usually faster."""
    for run_id in queries.expired_runs():
        run_turn.delay(str(run_id))


@shared_task
def run_turn(run_id: str) -> None:
    """Take over an abandoned run and see it through, on a loop of its own."""
    asyncio.run(_see_through(UUID(run_id)))


async def _see_through(run_id: UUID) -> None:
    manager = runs.start(fanout.start())
    try:
        await manager.reclaim(run_id)
        await manager.settle()
    finally:
        await runs.stop(patience=0)
        await fanout.stop()


@shared_task
def requeue_idle_claims() -> None:
    """Put conversations back into the queue whose human agents let the customer wait, or may not work there any more."""
    for conversation_id in queries.idle_claims().values_list("id", flat=True):
        perform_sync(idle_actions.requeue_idle_claim, conversation_id)
    choosing.give_back()


@shared_task
def forget_staff_sessions() -> None:
    """Remove the sessions of staff that have ended, and with them where they were used."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


# Closed in one go: what is left is for the next hour.
MAX_CLOSED = 1_000


@shared_task
def close_idle_conversations() -> None:
    """Close abandoned conversations, a bounded number of them, and log how many. One process at a time does it."""
    try:
        with hold("conversations.close_idle") as lock:
            closed = _close_idle(lock)
    except (HeldByAnother, Unavailable):
        return  # it is being done, or waits for the next hour
    events.emit(events.Event.CONVERSATIONS_CLOSED, closed=closed)


def _close_idle(lock: Held) -> int:
    closed = 0
    idle = queries.idle_conversations().order_by("updated_at").values_list("id", flat=True)
    for conversation_id in list(idle[:MAX_CLOSED]):
        if lock.lost:
            break
        closed += perform_sync(idle_actions.close_idle, conversation_id) is not None
    return closed
