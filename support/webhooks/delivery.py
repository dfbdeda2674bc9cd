"""Delivering: an attempt, and what it leads to. Any 2xx is success; redirects are not followed."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, Now

from config.common import events
from config.common.fetch import FetchError, Limits, Request, fetch
from support import actions
from support.webhooks import lanes, retry, signing
from support.webhooks.limits import MAX_LOGGED, MAX_RESPONSE
from support.webhooks.models import Webhook, WebhookDelivery

State = WebhookDelivery.State
_GONE = 410


@dataclass(frozen=True)
class Attempt:
    """How one went. status: None when no answer came. error: empty for success. final: trying again cannot help."""

    at: datetime
    took_ms: int
    status: int | None = None
    error: str = ""
    response: str = ""
    final: bool = False


def work(webhook_id: UUID, seconds: float) -> bool:
    """Deliver what is due to a webhook, for about so long; returns whether there is more to do.

    Does nothing while somebody else does it.
    """
    end = time.monotonic() + seconds
    holder = uuid4().hex
    # Taken again after it was left: what was recorded in between found the lane taken.
    while lanes.take(webhook_id, holder):
        try:
            while (webhook := lanes.keep(webhook_id, holder)) and (delivery := lanes.next_delivery(webhook)):
                deliver(webhook, delivery)
                if time.monotonic() > end:
                    return True
        finally:
            lanes.leave(webhook_id, holder)
    return False


def deliver(webhook: Webhook, delivery: WebhookDelivery) -> None:
    """Make an attempt that has been counted, and note how it went."""
    if delivery.attempts > retry.MAX_ATTEMPTS:
        attempt = Attempt(actions.db_now(), 0, error="The worker died in every attempt.", final=True)
    else:
        attempt = _post(webhook, delivery, actions.db_now())
    _note(webhook, delivery, attempt)


def _post(webhook: Webhook, delivery: WebhookDelivery, now: datetime) -> Attempt:
    body = delivery.event.body.encode()
    active = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > now:
        active.append(webhook.old_secret)
    headers = {"content-type": "application/json"}
    headers |= signing.headers(active, delivery.event.message_id, int(now.timestamp()), body)
    limits = Limits(seconds=settings.WEBHOOK_TIMEOUT_SECONDS, size=MAX_RESPONSE, cut=True)
    # Without encryption only where the operator has said that the network is theirs.
    inner_only = urlsplit(webhook.url).scheme == "http" and not settings.DEVELOPMENT
    begun = time.monotonic()
    try:
        answer = fetch(Request(webhook.url, "POST", headers, body), limits, inner_only=inner_only)
    except FetchError as failure:
        return Attempt(now, _since(begun), error=str(failure)[:500], final=failure.permanent)
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    error = "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    return Attempt(now, _since(begun), answer.status, error, text, final=answer.status == _GONE)


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


@transaction.atomic
def _note(webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt) -> None:
    log = [*delivery.log, _line(attempt)][-MAX_LOGGED:]
    fields: dict[str, Any] = {
        "status": attempt.status,
        "error": attempt.error,
        "response": attempt.response,
        "log": log,
    }
    given_up = bool(attempt.error) and (attempt.final or delivery.attempts >= retry.MAX_ATTEMPTS)
    if not attempt.error or given_up:
        fields |= {"state": State.DEAD if given_up else State.DELIVERED, "finished_at": Now()}
    # A replay that was asked for meanwhile has begun to count anew: it stays.
    WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(**fields)
    _log(webhook, delivery, attempt, given_up=given_up)
    if not attempt.error:
        Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=False).update(failing_since=None)
        return
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=Coalesce("failing_since", Value(attempt.at)))
    if attempt.status == _GONE:
        _disable(webhook, Webhook.Disabled.GONE)
    elif given_up and webhook.failing_since and webhook.failing_since < attempt.at - retry.DISABLE_AFTER:
        _disable(webhook, Webhook.Disabled.FAILING)


def _line(attempt: Attempt) -> dict[str, Any]:
    at = attempt.at.isoformat().replace("+00:00", "Z")
    return {"at": at, "status": attempt.status, "took_ms": attempt.took_ms, "error": attempt.error}


def _log(webhook: Webhook, delivery: WebhookDelivery, attempt: Attempt, *, given_up: bool) -> None:
    event, level = events.Event.WEBHOOK_DELIVERED, "debug"
    if attempt.error:
        event, level = events.Event.WEBHOOK_FAILED, "warning"
    if given_up:
        event, level = events.Event.WEBHOOK_GIVEN_UP, "error"
    numbers = {"attempt": delivery.attempts, "status": attempt.status, "took_ms": attempt.took_ms}
    events.emit(event, level, webhook=str(webhook.pk), delivery=delivery.pk, **numbers)


def _disable(webhook: Webhook, reason: str) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(enabled=False, disabled_reason=reason, updated_at=Now())
    events.emit(events.Event.WEBHOOK_DISABLED, "error", webhook=str(webhook.pk), reason=reason)
