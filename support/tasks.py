"""Celery tasks: what must happen even when no web process is up."""

import asyncio
from uuid import UUID

from celery import shared_task

from support import actions, fanout, queries, runs
from support.perform import perform_sync


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
    """Put conversations back into the queue whose human agents let the customer wait."""
    for conversation_id in queries.idle_claims().values_list("id", flat=True):
        perform_sync(actions.requeue_idle_claim, conversation_id)
