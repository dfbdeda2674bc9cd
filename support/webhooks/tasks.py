"""Celery tasks of the `webhooks` queue: thin, idempotent, they take ids."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.db.models.functions import Now

from config.common import events
from support.webhooks import delivery, lanes, subscriptions
from support.webhooks.models import WebhookEvent

# After so long a lane goes on in a task of its own.
SLICE_SECONDS = 60
# Deleted in one go, in statements of a bounded size: what is left is for the next hour.
MAX_DELETED = 100_000
_BATCH = 1_000


@shared_task
def sweep() -> None:
    """Ask for the deliveries that are due: new ones, those to be tried again, and those whose worker died."""
    for webhook_id in lanes.waiting():
        deliver.delay(str(webhook_id))


@shared_task
def deliver(webhook_id: str) -> None:
    """Deliver what is due to a webhook."""
    if delivery.work(UUID(webhook_id), SLICE_SECONDS):
        deliver.delay(webhook_id)


@shared_task
def clean_up() -> None:
    """Delete what is older than WEBHOOK_RETENTION_DAYS (0: nothing), delivered or not, and secrets that sign no more."""
    subscriptions.forget_old_secrets()
    if not settings.WEBHOOK_RETENTION_DAYS:
        return
    old = WebhookEvent.objects.filter(created_at__lt=Now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS))
    deleted = 0
    while deleted < MAX_DELETED and (batch := list(old.order_by("created_at").values_list("pk", flat=True)[:_BATCH])):
        WebhookEvent.objects.filter(pk__in=batch).delete()
        deleted += len(batch)
    if deleted:
        events.emit(events.Event.WEBHOOK_EVENTS_DELETED, deleted=deleted)
