"""Celery tasks of the queue `webhooks`, whose worker waits for others' servers: thin, idempotent, they take ids."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from support.models import Conversation
from support.notifications import sending, waiting
from support.notifications.limits import KEPT_DAYS
from support.notifications.models import Notification, NotifiedWait


@shared_task
def sweep() -> None:
    """Ask for a look at each inbox in which somebody waits and was not told of, or an e-mail was not sent."""
    for inbox_id in waiting.plans().values_list("pk", flat=True):
        tell.delay(str(inbox_id))


@shared_task
def tell(inbox_id: str) -> None:
    """Tell of who waits in an inbox."""
    sending.work(UUID(inbox_id))


@shared_task
def clean_up() -> None:
    """Forget what was sent more than KEPT_DAYS ago, but for what is known of those who wait still."""
    waits = NotifiedWait.objects.filter(notification=OuterRef("pk"), conversation__state=Conversation.State.QUEUED)
    old = Notification.objects.filter(created_at__lt=Now() - timedelta(days=KEPT_DAYS), finished_at__isnull=False)
    old.filter(~Exists(waits.filter(conversation__epoch=F("epoch")))).delete()
