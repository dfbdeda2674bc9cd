"""Celery tasks of policies. They embed, and nobody waits for them: they belong to the queue `ingest`."""

from celery import shared_task

from support.escalation import simulation


@shared_task
def simulate(simulation_id: int) -> None:
    """Replay a policy over past conversations."""
    simulation.run(simulation_id)
