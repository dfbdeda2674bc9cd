"""The memory of a conversation. `support.memory.actions` is the only writer, under the conversation's lock."""

from django.db import models
from django.db.models.functions import Now


class ConversationMemory(models.Model):
    """What is known beyond the newest messages; it goes when its conversation goes."""

    conversation = models.OneToOneField(
        "Conversation", on_delete=models.CASCADE, primary_key=True, related_name="memory"
    )
    summary = models.TextField(blank=True, default="", db_default="", help_text="What was said up to `summary_seq`.")
    summary_seq = models.PositiveIntegerField(default=0, db_default=0, help_text="Later messages are read themselves.")
    slots = models.JSONField(
        default=dict, help_text="By name: {value, seq, by}. An empty value was deleted by a human agent."
    )
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Memory of {str(self.conversation_id)[:8]}"
