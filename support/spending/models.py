"""The ledger of what was spent on the model. `support.spending.ledger` is the only writer."""

from django.db import models
from django.db.models.functions import Now

from sessions_app.models import Inbox


class Spending(models.Model):
    """One turn, or the notes after one. Until it is known what it has cost, this says what it usually costs."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    # What was spent stays spent when the conversation is deleted.
    conversation = models.ForeignKey("Conversation", on_delete=models.SET_NULL, null=True, related_name="+")
    tokens = models.PositiveIntegerField(help_text="Read and written.")
    cost = models.DecimalField(max_digits=14, decimal_places=6, help_text="In the currency of MODEL_PRICES.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["inbox", "created_at"], include=["tokens", "cost"], name="spending_inbox_day")]

    def __str__(self) -> str:
        return f"{self.tokens} tokens"
