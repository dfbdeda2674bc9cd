"""Policies and their versions, what they decided, and simulations. The modules beside this one are the only writers."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from agents.escalation.rules import REASONS, Action
from sessions_app.models import Inbox


class EscalationPolicy(models.Model):
    """An inbox's policy: which version is in force, and the draft of the next."""

    inbox = models.OneToOneField(Inbox, on_delete=models.CASCADE, primary_key=True, related_name="escalation_policy")
    version = models.PositiveIntegerField(default=0, help_text="In force; 0: the one that is built in.")
    draft = models.JSONField(null=True, help_text="Rules that are not in force yet; null: none.")
    revision = models.PositiveIntegerField(default=0, help_text="Counts changes, for two people who edit at once.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "escalation policies"

    def __str__(self) -> str:
        return f"Escalation of {self.inbox.name}"


class EscalationVersion(models.Model):
    """A policy as it was put in force. It never changes."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="escalation_versions")
    version = models.PositiveIntegerField()
    rules = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["inbox", "version"], name="escalation_version")]

    def __str__(self) -> str:
        return f"Version {self.version}"


class Escalation(models.Model):
    """What was decided about one turn, and why: a rule of a version, the agent, the customer, or the code."""

    class Origin(models.TextChoices):
        RULE = "rule", "A rule"
        AGENT = "agent", "The AI agent asked for a person"
        BUTTON = "button", "Asked for with the button, or by an integration"

    conversation = models.ForeignKey(
        "support.Conversation", on_delete=models.CASCADE, related_name="escalations", db_index=False
    )
    run = models.ForeignKey("support.Run", on_delete=models.SET_NULL, null=True, related_name="escalations")
    seq = models.PositiveIntegerField(help_text="Newest customer message it is about.")
    origin = models.CharField(max_length=6, choices=Origin)
    action = models.CharField(max_length=8, choices=[(action.value, action.value) for action in Action])
    reason = models.CharField(max_length=2000, help_text=f"Usually one of {', '.join(REASONS)}.")
    version = models.PositiveIntegerField(null=True)
    position = models.PositiveSmallIntegerField(null=True)
    rule = models.CharField(max_length=80, blank=True)
    trigger = models.CharField(max_length=20, blank=True)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["conversation", "-id"], name="escalation_conversation")]

    def __str__(self) -> str:
        return f"{self.action}: {self.rule or self.get_origin_display()}"


class EscalationSimulation(models.Model):
    """A policy replayed over past conversations, and what would have been different."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="escalation_simulations")
    rules = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    started_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(db_default=Now(), help_text="When it last got on.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Simulation {self.pk}"
