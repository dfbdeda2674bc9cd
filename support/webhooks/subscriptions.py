"""Webhooks as people and integrations make and change them; the only writer of what they are."""

from dataclasses import dataclass
from datetime import timedelta
from types import EllipsisType
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from config.common.audit.actions import Action
from config.common.audit.trail import record
from config.common.errors import Conflict, NotFound
from sessions_app.models import Inbox
from support import actions
from support.webhooks import nudge, outbox, signing, types
from support.webhooks.limits import MAX_WEBHOOKS, ROTATION_HOURS
from support.webhooks.models import Webhook, WebhookDelivery, WebhookEvent


@dataclass(frozen=True)
class Wish:
    """What a webhook should be. None leaves a field as it is; of `inboxes` it is the ellipsis, as None means every one."""

    url: str | None = None
    description: str | None = None
    types: list[str] | None = None
    inboxes: list[UUID] | EllipsisType | None = ...
    enabled: bool | None = None

    @property
    def fields(self) -> list[str]:
        """Which fields it gives."""
        given = [name for name in ("url", "description", "types", "enabled") if getattr(self, name) is not None]
        return given if self.inboxes is ... else [*given, "inboxes"]


@transaction.atomic
def create(wish: Wish) -> tuple[Webhook, str]:
    """Make a webhook; returns it with its secret. Conflict when there are MAX_WEBHOOKS already."""
    with connection.cursor() as cursor:  # one at a time, or two would be counted by neither
        cursor.execute("LOCK TABLE support_webhook IN SHARE ROW EXCLUSIVE MODE")
    if Webhook.objects.count() >= MAX_WEBHOOKS:
        raise Conflict(f"There are {MAX_WEBHOOKS} webhooks already, which is the limit. Delete one first.")
    webhook = Webhook.objects.create(secret=signing.new_secret())
    webhook.refresh_from_db()
    record(Action.WEBHOOK_CREATED, "webhook", webhook.pk)
    return _apply(webhook, wish), webhook.secret


@transaction.atomic
def change(webhook_id: UUID, wish: Wish) -> Webhook:
    """Change a webhook. Switched on again, it goes on with what waits for it."""
    webhook = locked(webhook_id)
    record(Action.WEBHOOK_CHANGED, "webhook", webhook.pk, fields=wish.fields)
    return _apply(webhook, wish)


def locked(webhook_id: UUID) -> Webhook:
    """The webhook, its row locked; NotFound when there is none."""
    webhook = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound()
    return webhook


def _apply(webhook: Webhook, wish: Wish) -> Webhook:
    fields: dict[str, Any] = {
        name: getattr(wish, name) for name in ("url", "description", "types") if getattr(wish, name) is not None
    }
    if wish.inboxes is not ...:
        fields["every_inbox"] = wish.inboxes is None
        webhook.inboxes.set(Inbox.objects.filter(id__in=wish.inboxes or []))
    if wish.enabled is True and not webhook.enabled:
        fields |= {"enabled": True, "disabled_reason": "", "failing_since": None}
        transaction.on_commit(nudge.soon, robust=True)
    elif wish.enabled is False and webhook.enabled:
        fields |= {"enabled": False, "disabled_reason": Webhook.Disabled.BY_HAND}
    Webhook.objects.filter(pk=webhook.pk).update(**fields, updated_at=Now())
    webhook.refresh_from_db()
    return webhook


@transaction.atomic
def rotate(webhook_id: UUID) -> tuple[Webhook, str]:
    """A new secret, which is returned; the old one signs as well for ROTATION_HOURS."""
    webhook = locked(webhook_id)
    secret = signing.new_secret()
    Webhook.objects.filter(pk=webhook_id).update(
        secret=secret,
        old_secret=webhook.secret,
        old_secret_until=Now() + timedelta(hours=ROTATION_HOURS),
        updated_at=Now(),
    )
    record(Action.WEBHOOK_SECRET_RENEWED, "webhook", webhook_id)
    webhook.refresh_from_db()
    return webhook, secret


def forget_old_secrets() -> None:
    """Forget the secrets whose time to sign as well is over."""
    Webhook.objects.filter(old_secret_until__lt=Now()).update(old_secret=None, old_secret_until=None)


@transaction.atomic
def delete(webhook_id: UUID) -> None:
    """Delete a webhook with its deliveries. NotFound when there is none."""
    locked(webhook_id).delete()
    record(Action.WEBHOOK_DELETED, "webhook", webhook_id)


@transaction.atomic
def test(webhook_id: UUID) -> WebhookDelivery:
    """Send a test event, whatever types the webhook has chosen. Conflict when it is switched off."""
    webhook = locked(webhook_id)
    _require_enabled(webhook)
    about = outbox.About(actions.db_now(), [])
    text = outbox.body(types.TEST, {"webhook_id": str(webhook_id)}, about)
    event = WebhookEvent.objects.create(type=types.TEST, body=text)
    delivery = WebhookDelivery.objects.create(event=event, webhook=webhook)
    transaction.on_commit(nudge.soon, robust=True)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay(delivery_id: int) -> WebhookDelivery:
    """Send a delivery again, now and with all its attempts before it. Conflict when its webhook is switched off."""
    delivery = WebhookDelivery.objects.filter(pk=delivery_id).select_related("webhook").first()
    if delivery is None:
        raise NotFound()
    _require_enabled(delivery.webhook)
    WebhookDelivery.objects.filter(pk=delivery_id).update(
        state=WebhookDelivery.State.PENDING, attempts=0, next_at=Now(), finished_at=None
    )
    transaction.on_commit(nudge.soon, robust=True)
    delivery.refresh_from_db()
    return delivery


def _require_enabled(webhook: Webhook) -> None:
    if not webhook.enabled:
        raise Conflict("This webhook is switched off. Switch it on first.")
