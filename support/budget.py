"""How much may be spent on the model: tokens, read and written, as the provider counts them, and what they cost.

A run sets aside what a turn usually costs before it asks the model, and settles the difference once it knows. One that
breaks off has spent what it set aside. When nothing is left, the extractive engine answers.
"""

from dataclasses import replace
from uuid import UUID

from django.conf import settings

from agents import providers
from agents.turn import TurnContext, Usage
from config.common import events
from config.common.errors import RateLimited
from config.common.ratelimit import Policy
from support.spending import ledger
from support.spending.ledger import Limit, Spent

# One call with its passages and history.
USUAL_TOKENS = 3_000
_USUAL_WRITTEN = 300
# A budget is about the bill of a month: an outage of Redis, short as it is, must not make answers worse.
MODEL = Policy("model", settings.RATE_LIMIT_MODEL_TOKENS, fail_open=True)


def usual() -> Spent:
    """What a turn usually costs with the first model."""
    cost = providers.cost(settings.OPENAI_MODEL, USUAL_TOKENS - _USUAL_WRITTEN, _USUAL_WRITTEN)
    return Spent(USUAL_TOKENS, cost)


class Allowance:
    """What one run, or the notes after it, may spend. All of it blocks."""

    def __init__(self) -> None:
        self._inbox: UUID | None = None
        self._entry = 0

    def grant(self, turn: TurnContext, inbox: UUID, conversation: UUID | None = None) -> TurnContext:
        """The turn, if the model can be afforded; otherwise the turn without it, and with the limit that is reached."""
        if turn.extractive:
            return turn
        limit = self.ask(inbox, conversation)
        return replace(turn, extractive=True, limit_reached=limit) if limit else turn

    def ask(self, inbox: UUID, conversation: UUID | None) -> Limit:
        """Set aside what asking the model usually costs; the limit that is reached, if one is."""
        if not settings.LLM_CONFIGURED:
            return ""
        entry = ledger.set_aside(inbox, conversation, usual())
        if not isinstance(entry, int):
            return self._refused(inbox, entry)
        try:
            MODEL.check(str(inbox), USUAL_TOKENS)
        except RateLimited as limited:
            ledger.take_back(entry)
            return self._refused(inbox, "hour_tokens", **limited.extra)
        self._inbox, self._entry = inbox, entry
        return ""

    def _refused(self, inbox: UUID, limit: Limit, **extra: float) -> Limit:
        events.emit(events.Event.MODEL_BUDGET_SPENT, "warning", inbox=str(inbox), limit=limit, **extra)
        return limit

    def settle(self, usage: Usage) -> None:
        """Take what the turn has cost beyond what was set aside, or give back the rest.

        What nobody knows the tokens of, such as notes that came to nothing, has cost the usual.
        """
        spent = usage.input_tokens + usage.output_tokens
        if self._inbox is not None and (spent or not usage.model_calls):
            MODEL.debit(str(self._inbox), spent - USUAL_TOKENS)
            ledger.settle(self._entry, usage)
