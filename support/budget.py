"""How much an inbox may spend on the model: tokens, read and written, as the provider counts them.

A run sets aside what a turn usually costs before it asks the model, and settles the difference once it knows. One that
breaks off has spent what it set aside. When nothing is left, the extractive engine answers.
"""

import asyncio
from dataclasses import replace
from uuid import UUID

from django.conf import settings

from agents.turn import TurnContext, Usage
from config.common import events
from config.common.errors import RateLimited
from config.common.ratelimit import Policy

# One call with its passages and history.
USUAL_TOKENS = 3_000
# A budget is about the bill of a month: an outage of Redis, short as it is, must not make answers worse.
MODEL = Policy("model", settings.RATE_LIMIT_MODEL_TOKENS, fail_open=True)


class Allowance:
    """What one run may spend."""

    def __init__(self) -> None:
        self._inbox: UUID | None = None

    async def grant(self, turn: TurnContext, inbox: UUID) -> TurnContext:
        """The turn, if its inbox can afford the model; otherwise the turn without it."""
        if turn.extractive or not settings.LLM_CONFIGURED:
            return turn
        try:
            await asyncio.to_thread(MODEL.check, str(inbox), USUAL_TOKENS)
        except RateLimited as limited:
            events.emit(events.Event.MODEL_BUDGET_SPENT, "warning", inbox=str(inbox), **limited.extra)
            return replace(turn, extractive=True)
        self._inbox = inbox
        return turn

    async def settle(self, usage: Usage) -> None:
        """Take what the turn has cost beyond what was set aside, or give back the rest.

        A provider that does not say what it counted has cost the usual.
        """
        spent = usage.input_tokens + usage.output_tokens
        if self._inbox is not None and (spent or not usage.model_calls):
            await asyncio.to_thread(MODEL.debit, str(self._inbox), spent - USUAL_TOKENS)
