"""Webhooks, what they are told, and how each telling went.

`support.webhooks.outbox` alone records events, `subscriptions` and `delivery` write the rest.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from config.common.crypto import EncryptedTextField
from sessions_app.models import Inbox
from support.webhooks.limits import MAX_DESCRIPTION, MAX_URL


class Webhook(models.Model):
    """An address that is told of what happens. One worker at a time delivers to it: whoever holds its lane."""

    class Disabled(models.TextChoices):
        BY_HAND = "by_hand", "Switched off"
        GONE = "gone", "Answered 410 Gone"
        FAILING = "failing", "Failed for days"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=MAX_URL)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    types = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    # A flag of its own: a webhook whose last inbox was deleted is told of no inbox, not of every one.
    every_inbox = models.BooleanField(default=True)
    inboxes = models.ManyToManyField(Inbox, blank=True, related_name="webhooks")
    secret = EncryptedTextField(editable=False)
    old_secret = EncryptedTextField(null=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=8, choices=Disabled, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    lane_holder = models.CharField(max_length=32, blank=True, editable=False)
    lane_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookEvent(models.Model):
    """What happened, as it is sent: `body` is the JSON text, signed and sent byte for byte each time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=32)
    # What is erased with a conversation includes what was told of it.
    conversation = models.ForeignKey(
        "support.Conversation", on_delete=models.CASCADE, null=True, related_name="webhook_events"
    )
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The `webhook-id`: the same in every attempt, for every webhook."""
        return f"msg_{self.id.hex}"


class WebhookDelivery(models.Model):
    """One event for one webhook."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        DELIVERED = "delivered", "Delivered"
        DEAD = "dead", "Dead letter"

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Since it was recorded or replayed.")
    next_at = models.DateTimeField("next attempt", db_default=Now(), help_text="While it waits: not before.")
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last attempt.")
    error = models.CharField(max_length=500, blank=True, db_default="", help_text="Why the last attempt failed.")
    response = models.TextField(blank=True, db_default="", help_text="The beginning of the last response's body.")
    log = models.JSONField(default=list, db_default=[], help_text="Attempts: {at, status, took_ms, error}.")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["webhook", "id"], name="delivery_webhook"),
            models.Index(fields=["webhook", "next_at"], name="delivery_pending", condition=models.Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
