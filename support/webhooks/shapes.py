"""Webhooks and deliveries as the API shows them."""

import json
from typing import Any

from support.webhooks.models import Webhook, WebhookDelivery


def webhook(row: Webhook) -> dict[str, Any]:
    """A webhook, without its secret. `inboxes`: None for every one."""
    return {
        "id": str(row.id),
        "url": row.url,
        "description": row.description,
        "types": row.types,
        "inboxes": None if row.every_inbox else sorted(inbox.key for inbox in row.inboxes.all()),
        "enabled": row.enabled,
        "disabled_reason": row.disabled_reason or None,
        "failing_since": row.failing_since,
        "old_secret_until": row.old_secret_until,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def delivery(row: WebhookDelivery) -> dict[str, Any]:
    """A delivery, as in lists."""
    waits = row.state == WebhookDelivery.State.PENDING
    return {
        "id": row.pk,
        "webhook_id": row.event.message_id,
        "type": row.event.type,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": row.next_at if waits else None,
        "status": row.status,
        "error": row.error,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }


def delivery_detail(row: WebhookDelivery) -> dict[str, Any]:
    """A delivery with what was sent and what came back."""
    return delivery(row) | {"body": json.loads(row.event.body), "response": row.response, "log": row.log}
