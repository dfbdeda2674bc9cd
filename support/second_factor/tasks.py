"""Celery tasks of the queue `webhooks`, whose worker waits for others' servers: thin, idempotent, they take ids."""

from celery import shared_task

from support.second_factor import telling


@shared_task
def sweep() -> None:
    """Ask for each e-mail that is owed: for the first time, if the broker was away, or again."""
    for pk in telling.due().values_list("pk", flat=True):
        tell.delay(pk)


@shared_task
def clean_up() -> None:
    """Forget what was given up long ago."""
    telling.clean_up()


@shared_task
def tell(pk: int) -> None:
    """Send one."""
    telling.deliver(pk)
