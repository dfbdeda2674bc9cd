"""What the agent did beside talking. Runs are known by their ids alone."""

from django.db import models
from django.db.models.functions import Now

from agents.connectors.models import ConfiguredTool, HttpParameter, HttpTool, McpServer, McpTool
from agents.evaluation.models import AnswerEvaluation

__all__ = ["AnswerEvaluation", "ConfiguredTool", "HttpParameter", "HttpTool", "McpServer", "McpTool", "ToolCall"]


class ToolCall(models.Model):
    """One call of a tool, as it was made. Arguments that are secret are blacked out."""

    class State(models.TextChoices):
        DONE = "done"
        FAILED = "failed", "Failed, without an effect"
        UNKNOWN = "unknown", "Broke off; its effect is unknown"

    run = models.UUIDField(db_index=True)
    call = models.CharField(max_length=200, help_text="The model's name for the call.")
    tool = models.CharField(max_length=100)
    risk = models.CharField(max_length=8)
    arguments = models.JSONField()
    state = models.CharField(max_length=7, choices=State)
    result = models.TextField(blank=True)
    took_ms = models.FloatField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["tool", "created_at"], name="tool_call_tool_created")]

    def __str__(self) -> str:
        return f"{self.tool} ({self.state})"
