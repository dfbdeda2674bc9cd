"""What may be spent on the model, per conversation and per inbox and day, and what was: counted in PostgreSQL.

A turn that begins below a limit is finished, the next one does without the model. Turns under way count with what a turn usually
costs, and turns of an inbox that has a limit of the day are admitted one after the other: many at once cannot pass it together.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from agents.turn import Usage
from support.spending.models import Spending

Limit = Literal["", "hour_tokens", "day_tokens", "day_cost", "conversation_tokens", "conversation_cost"]

_SPENT_TODAY = """
SELECT coalesce(sum(tokens), 0), coalesce(sum(cost), 0) FROM support_spending
WHERE inbox_id = %s AND created_at >= date_trunc('day', statement_timestamp(), 'UTC')
"""
_SPENT_IN = "SELECT coalesce(sum(tokens), 0), coalesce(sum(cost), 0) FROM support_spending WHERE conversation_id = %s"
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('spending ' || %s, 0))"


@dataclass(frozen=True)
class Spent:
    """tokens: read and written. cost: in the currency of MODEL_PRICES."""

    tokens: int
    cost: Decimal


def today(inbox_id: UUID) -> Spent:
    """What an inbox has spent since midnight, UTC."""
    return _spent(_SPENT_TODAY, inbox_id)


def in_conversation(conversation_id: UUID) -> Spent:
    """What a conversation has cost."""
    return _spent(_SPENT_IN, conversation_id)


def _spent(statement: str, key: UUID) -> Spent:
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        tokens, cost = cursor.fetchone()
    return Spent(int(tokens), Decimal(cost))


@transaction.atomic
def set_aside(inbox_id: UUID, conversation_id: UUID | None, usual: Spent) -> int | Limit:
    """Enter what asking the model usually costs; the entry's id, or the limit that is reached."""
    if limit := _reached(inbox_id, conversation_id):
        return limit
    row = Spending(inbox_id=inbox_id, conversation_id=conversation_id, tokens=usual.tokens, cost=usual.cost)
    row.save(force_insert=True)
    return row.pk


def _reached(inbox_id: UUID, conversation_id: UUID | None) -> Limit:
    if conversation_id and (settings.MODEL_CONVERSATION_TOKENS or settings.MODEL_CONVERSATION_COST):
        spent = in_conversation(conversation_id)
        if 0 < settings.MODEL_CONVERSATION_TOKENS <= spent.tokens:
            return "conversation_tokens"
        if 0 < settings.MODEL_CONVERSATION_COST <= spent.cost:
            return "conversation_cost"
    if settings.MODEL_DAY_TOKENS or settings.MODEL_DAY_COST:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_TURNS, [str(inbox_id)])
        spent = today(inbox_id)
        if 0 < settings.MODEL_DAY_TOKENS <= spent.tokens:
            return "day_tokens"
        if 0 < settings.MODEL_DAY_COST <= spent.cost:
            return "day_cost"
    return ""


def settle(entry: int, usage: Usage) -> None:
    """Put what it has cost in the place of what was set aside."""
    spent = usage.input_tokens + usage.output_tokens
    Spending.objects.filter(pk=entry).update(tokens=spent, cost=usage.cost)


def take_back(entry: int) -> None:
    """Nothing was asked after all."""
    Spending.objects.filter(pk=entry).delete()
