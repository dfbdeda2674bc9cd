"""Whom an inbox tells of customers who wait, what was sent, and of which waiting it told.

`support.notifications.claiming` and `sending` alone write notifications; administrators write plans.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from sessions_app import hours
from sessions_app.models import Inbox
from support.notifications.limits import LONGEST_PAUSE_MINUTES, LONGEST_WAIT_SECONDS


class NotificationPlan(models.Model):
    """When an inbox tells whom. An inbox without one tells nobody. Its row is the lock for what is sent."""

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, primary_key=True, related_name="notification_plan")
    enabled = models.BooleanField("switched on", default=False)
    all_agents = models.BooleanField("all support agents who have an e-mail address", default=True)
    addresses = ArrayField(models.EmailField(), default=list, blank=True)
    after_seconds = models.PositiveIntegerField(
        "after so many seconds", default=60, validators=[MaxValueValidator(LONGEST_WAIT_SECONDS)]
    )
    pause_minutes = models.PositiveIntegerField(
        "minutes between e-mails",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_PAUSE_MINUTES)],
    )
    quiet_hours = models.JSONField(default=dict, blank=True, validators=[hours.validate])
    quotes = models.BooleanField("quote the customer", default=False)

    def __str__(self) -> str:
        return f"Notifications of {self.inbox}"


class Notification(models.Model):
    """One e-mail, about everybody whose waiting it tells of. At most one of an inbox is pending.

    It is sent as soon as one address has it; those that are `owed` it still get it later, in a state of their own.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Not sent yet"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Nobody waited any more"
        FAILED = "failed", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="notifications")
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    people = models.PositiveIntegerField(default=0, help_text="Who waited at the last attempt.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now(), help_text="While it is pending: not before.")
    error = models.CharField(max_length=500, blank=True, help_text="Why the last attempt failed.")
    owed = ArrayField(
        models.EmailField(), default=list, db_default=[], blank=True, help_text="Addresses that have yet to be told."
    )
    refused = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What the mail server said to the addresses that are not told.",
    )
    created_at = models.DateTimeField(db_default=Now(), db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["inbox"], condition=models.Q(state="pending"), name="notification_one_pending"
            )
        ]

    def __str__(self) -> str:
        return f"Notification {str(self.id)[:8]}"


class NotifiedWait(models.Model):
    """That a conversation's waiting was told of: once, as each waiting has an epoch of its own."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="waits")
    conversation = models.ForeignKey("support.Conversation", on_delete=models.CASCADE, related_name="+")
    epoch = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "epoch"], name="notified_wait_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id} ({self.epoch})"
