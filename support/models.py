"""Conversations, their messages, and the runs of the AI agent. `support.actions` is the only writer."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from sessions_app.models import Customer, Inbox
from support.escalation.models import Escalation, EscalationPolicy, EscalationSimulation, EscalationVersion
from support.memory.models import ConversationMemory
from support.notifications.models import Notification, NotificationPlan, NotifiedWait
from support.privacy.models import Erasure
from support.second_factor.models import FactorNotice
from support.spending.models import Spending
from support.verification.models import EmailChallenge
from support.webhooks.models import Webhook, WebhookDelivery, WebhookEvent
from support.workplaces.models import Workplace

__all__ = [
    "Conversation",
    "ConversationMemory",
    "EmailChallenge",
    "Erasure",
    "Escalation",
    "EscalationPolicy",
    "EscalationSimulation",
    "EscalationVersion",
    "FactorNotice",
    "Message",
    "Notification",
    "NotificationPlan",
    "NotifiedWait",
    "Run",
    "Spending",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "Workplace",
]


class Conversation(models.Model):
    """The durable thread. Its row is the lock for all that happens in it."""

    class State(models.TextChoices):
        BOT = "bot", "AI agent"
        QUEUED = "queued", "Waiting for a person"
        HUMAN = "human", "With a person"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="conversations")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="conversations")
    locale = models.CharField(max_length=16, default="en")
    state = models.CharField(max_length=8, choices=State, default=State.BOT)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    last_seq = models.PositiveIntegerField(default=0)
    last_customer_seq = models.PositiveIntegerField(default=0)
    last_human_seq = models.PositiveIntegerField(default=0)
    answered_seq = models.PositiveIntegerField(
        default=0, help_text="Newest customer message nobody waits for any more."
    )
    customer_read_seq = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0, help_text="Counts changes of who is in charge; fences runs.")
    version = models.PositiveIntegerField(default=0, help_text="Counts changes that customers are shown.")
    escalation_reason = models.CharField(max_length=32, blank=True)
    escalation_note = models.TextField(blank=True, db_default="", help_text="What human agents should know.")
    action_count = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Actions there were: a conversation with none need not look for any."
    )
    queued_at = models.DateTimeField(null=True)
    human_active_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(
        null=True, help_text="When a person was asked for and nobody was there; null once somebody has seen to it."
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    # Of the customer, where `support.queries` reads it along.
    verified_email: str

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="conversation_queue"),
            models.Index(fields=["customer", "-created_at"], name="conversation_customer"),
            models.Index(fields=["missed_at"], condition=models.Q(missed_at__isnull=False), name="conversation_missed"),
            models.Index(fields=["closed_at"], condition=models.Q(closed_at__isnull=False), name="conversation_closed"),
        ]

    def __str__(self) -> str:
        return f"Conversation {str(self.id)[:8]}"


class Run(models.Model):
    """One AI turn. While active it is leased to a process; a lease that runs out is reclaimed as a new run."""

    class State(models.TextChoices):
        ACTIVE = "active"
        FINISHED = "finished"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    epoch = models.PositiveIntegerField()
    in_reply_to = models.PositiveIntegerField(help_text="Seq of the newest customer message covered.")
    attempt = models.PositiveSmallIntegerField(default=1)
    extractive = models.BooleanField(default=False, help_text="Answers without the model, which failed before.")
    action = models.ForeignKey(
        "Action", on_delete=models.SET_NULL, null=True, related_name="+", help_text="What it has leave to do first."
    )
    state = models.CharField(max_length=9, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=32, blank=True, help_text="Why it was cancelled, or how it ended.")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField()
    engine = models.CharField(max_length=10, blank=True)
    model = models.CharField(max_length=120, blank=True)
    model_calls = models.PositiveSmallIntegerField(default=0)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0, db_default=0)
    limit_reached = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Of spending: why the model was not asked."
    )
    search_ms = models.FloatField(null=True)
    first_token_ms = models.FloatField(null=True)
    total_ms = models.FloatField(null=True)
    confidence = models.FloatField(null=True, help_text="How probably the answer is right, 0 to 1; null: no claim.")
    rests_on_tools = models.BooleanField(
        default=False, db_default=False, help_text="The answer says what tools said, and nothing from articles."
    )
    passages = models.JSONField(default=list)
    trace = models.CharField(
        max_length=55, blank=True, default="", db_default="", help_text="W3C traceparent of what asked for it."
    )
    searches = models.JSONField(null=True, help_text="What was searched for, and how well it was met.")
    prompt = models.CharField(max_length=64, blank=True, db_default="", help_text="Hash of the model's instructions.")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(state="active"), name="run_one_active_per_conversation"
            )
        ]
        indexes = [models.Index(fields=["lease_until"], condition=models.Q(state="active"), name="run_lease")]

    def __str__(self) -> str:
        return f"Run {str(self.id)[:8]}"


class Message(models.Model):
    """One row of a conversation, numbered 1, 2, 3 … without gaps."""

    class Role(models.TextChoices):
        CUSTOMER = "customer"
        ASSISTANT = "assistant"
        HUMAN = "human"
        SYSTEM = "system"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    role = models.CharField(max_length=9, choices=Role)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    author_name = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    client_id = models.UUIDField(null=True)
    citations = models.JSONField(default=list)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="messages")
    engine = models.CharField(max_length=10, null=True)
    notice = models.CharField(max_length=10, null=True)
    rating = models.CharField(max_length=4, null=True)
    rating_reason = models.CharField(max_length=64, blank=True)
    rating_comment = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["conversation", "seq"]
        indexes = [
            GinIndex(
                name="message_citations",
                fields=["citations"],
                opclasses=["jsonb_path_ops"],
                condition=~models.Q(citations=[]),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_conversation_seq"),
            models.UniqueConstraint(
                fields=["conversation", "role", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="message_client_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.seq}"


class Action(models.Model):
    """A tool call that may not be made unasked: it waits for the customer's word or proof, or for a human agent's word.

    What leave was given for is done once: the row says that it has begun before it begins.
    """

    class Risk(models.TextChoices):
        READ = "read", "Only once an e-mail address is proven"
        WRITE = "write", "Confirmed by the customer"
        APPROVAL = "approval", "Approved by a human agent"

    class State(models.TextChoices):
        PENDING = "pending", "Waits for leave"
        CONFIRMED = "confirmed", "Leave given, not begun"
        BEGUN = "begun", "Begun"
        DONE = "done", "Done"
        FAILED = "failed", "Failed, without an effect"
        UNKNOWN = "unknown", "Broke off; its effect is unknown"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Expired"
        CANCELLED = "cancelled", "Cancelled: people took over, or another took its place"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="actions")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+", help_text="That asked for it.")
    call = models.CharField(max_length=200, help_text="The model's name for the call.")
    tool = models.CharField(max_length=100)
    risk = models.CharField(max_length=8, choices=Risk)
    verifies = models.BooleanField(
        default=False, db_default=False, help_text="It waits for the customer to prove an e-mail address."
    )
    title = models.CharField(max_length=200)
    arguments = models.JSONField(help_text="As the tool gets them; without secrets once it is over.")
    shown = models.JSONField(help_text="The arguments without those that are secret.")
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    result = models.TextField(blank=True, help_text="What the tool said.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="action_conversation"),
            models.Index(fields=["expires_at"], condition=models.Q(state="pending"), name="action_pending"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(state="pending"), name="action_one_pending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"
