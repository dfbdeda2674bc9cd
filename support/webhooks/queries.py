"""Reading webhooks; the look-ups that also authorise are the only way to get one from outside."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from config.common.errors import NotFound
from support.webhooks.models import Webhook, WebhookDelivery


def visible(inbox_ids: Iterable[UUID] | None) -> QuerySet[Webhook]:
    """The webhooks that are told of no inbox but these (None: all). One that has lost all its inboxes is nobody's."""
    rows = Webhook.objects.prefetch_related("inboxes")
    if inbox_ids is None:
        return rows
    chosen = Webhook.inboxes.through.objects.filter(webhook=OuterRef("pk"))
    others = chosen.exclude(inbox__in=list(inbox_ids))
    return rows.filter(Exists(chosen), ~Exists(others), every_inbox=False)


def find(webhook_id: UUID, inbox_ids: Iterable[UUID] | None) -> Webhook:
    """The webhook, if it may be seen; NotFound otherwise."""
    row = visible(inbox_ids).filter(pk=webhook_id).first()
    if row is None:
        raise NotFound()
    return row


def deliveries(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """Its deliveries, the newest first."""
    return webhook.deliveries.select_related("event").order_by("-id")
