"""One worker at a time delivers to a webhook, in the order of the events; decided by one UPDATE and PostgreSQL's clock.

So a slow receiver keeps one thread busy and no other receiver waiting. A worker that dies leaves its lease behind: when it
has run out, somebody else goes on.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from support.webhooks import retry
from support.webhooks.models import Webhook, WebhookDelivery


def _lease() -> timedelta:
    """Longer than an attempt may take."""
    return timedelta(seconds=settings.WEBHOOK_TIMEOUT_SECONDS + 20)


def due() -> QuerySet[WebhookDelivery]:
    """The deliveries whose time has come."""
    return WebhookDelivery.objects.filter(state=WebhookDelivery.State.PENDING, next_at__lte=Now())


def waiting() -> list[UUID]:
    """The webhooks that have something due and nobody who delivers it."""
    free = Q(lane_until=None) | Q(lane_until__lt=Now())
    rows = Webhook.objects.filter(free, Exists(due().filter(webhook=OuterRef("pk"))), enabled=True)
    return list(rows.values_list("id", flat=True))


def take(webhook_id: UUID, holder: str) -> bool:
    """Take the lane; False when somebody has it, or there is nothing due."""
    free = Q(lane_until=None) | Q(lane_until__lt=Now())
    is_due = Exists(due().filter(webhook=OuterRef("pk")))
    mine = Webhook.objects.filter(free, is_due, pk=webhook_id, enabled=True)
    return bool(mine.update(lane_holder=holder, lane_until=Now() + _lease()))


def keep(webhook_id: UUID, holder: str) -> Webhook | None:
    """The webhook as it is now, the lane held on; None when it is lost, switched off or deleted."""
    mine = Webhook.objects.filter(pk=webhook_id, lane_holder=holder, lane_until__gte=Now(), enabled=True)
    if not mine.update(lane_until=Now() + _lease()):
        return None
    return Webhook.objects.filter(pk=webhook_id).first()


def leave(webhook_id: UUID, holder: str) -> None:
    """Let go of the lane."""
    Webhook.objects.filter(pk=webhook_id, lane_holder=holder).update(lane_holder="", lane_until=None)


def next_delivery(webhook: Webhook) -> WebhookDelivery | None:
    """The first delivery that is due. Its attempt is counted, and the next one set, before it is made.

    So whoever dies in the middle leaves a delivery that will be tried again, and not for ever.
    """
    first = due().filter(webhook=webhook).order_by("id").select_related("event").first()
    if first is None:
        return None
    due_again = Now() + retry.wait(min(first.attempts + 1, retry.MAX_ATTEMPTS))
    counted = due().filter(pk=first.pk, attempts=first.attempts)
    first.attempts += 1
    return first if counted.update(attempts=first.attempts, next_at=due_again) else None
