"""What may be spent on the model, per conversation and per inbox and day, and what was: counted in PostgreSQL.

A turn that begins below a limit is finished, the next one does without the model. Turns under way count with what a turn usually
costs, and turns of an inbox that has a limit of the day are admitted one after the other: many at once cannot pass it together.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from agents.turn import Usage
from config.common import db
from support.spending.models import Spending

Limit = Literal["", "hour_tokens", "day_tokens", "day_cost", "conversation_tokens", "conversation_cost"]

_SPENT = "SELECT coalesce(sum(tokens), 0), coalesce(sum(cost), 0) FROM support_spending"
_TODAY = "inbox_id = %(inbox)s AND created_at >= date_trunc('day', statement_timestamp(), 'UTC')"
_SPENT_TODAY = f"{_SPENT} WHERE {_TODAY}"
_SPENT_IN = f"{_SPENT} WHERE conversation_id = %(conversation)s"
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('spending ' || %s::text, 0))"
# Entered only if no limit is reached; a limit of 0 is none.
_SET_ASIDE = f"""
WITH talk (tokens, cost) AS ({_SPENT_IN}), day (tokens, cost) AS ({_SPENT_TODAY} AND %(of_day)s), reached AS (
    SELECT CASE
        WHEN %(conversation_tokens)s BETWEEN 1 AND talk.tokens THEN 'conversation_tokens'
        WHEN %(conversation_cost)s > 0 AND %(conversation_cost)s <= talk.cost THEN 'conversation_cost'
        WHEN %(day_tokens)s BETWEEN 1 AND day.tokens THEN 'day_tokens'
        WHEN %(day_cost)s > 0 AND %(day_cost)s <= day.cost THEN 'day_cost'
        ELSE '' END AS name
    FROM talk CROSS JOIN day
), entry AS (
    INSERT INTO support_spending (inbox_id, conversation_id, tokens, cost)
    SELECT %(inbox)s, %(conversation)s, %(tokens)s, %(cost)s FROM reached WHERE name = '' RETURNING id
)
SELECT name, (SELECT id FROM entry) FROM reached
"""
_SETTLE = "UPDATE support_spending SET tokens = %s, cost = %s WHERE id = %s"


@dataclass(frozen=True)
class Spent:
    """tokens: read and written. cost: in the currency of MODEL_PRICES."""

    tokens: int
    cost: Decimal


def today(inbox_id: UUID) -> Spent:
    """What an inbox has spent since midnight, UTC."""
    return _spent(_SPENT_TODAY, {"inbox": inbox_id})


def in_conversation(conversation_id: UUID) -> Spent:
    """What a conversation has cost."""
    return _spent(_SPENT_IN, {"conversation": conversation_id})


def _spent(statement: str, key: dict[str, UUID]) -> Spent:
    ((tokens, cost),) = db.rows(statement, key)
    return Spent(int(tokens), Decimal(cost))


def set_aside(inbox_id: UUID, conversation_id: UUID | None, usual: Spent) -> int | Limit:
    """Enter what asking the model usually costs; the entry's id, or the limit that is reached."""
    of_day = bool(settings.MODEL_DAY_TOKENS or settings.MODEL_DAY_COST)
    values = {
        "inbox": inbox_id,
        "conversation": conversation_id,
        "tokens": usual.tokens,
        "cost": usual.cost,
        "of_day": of_day,
        "conversation_tokens": settings.MODEL_CONVERSATION_TOKENS,
        "conversation_cost": settings.MODEL_CONVERSATION_COST,
        "day_tokens": settings.MODEL_DAY_TOKENS,
        "day_cost": settings.MODEL_DAY_COST,
    }
    with transaction.atomic() if of_day else nullcontext():
        if of_day:
            db.rows(_TAKE_TURNS, [str(inbox_id)])
        ((limit, entry),) = db.rows(_SET_ASIDE, values)
    reached: int | Limit = limit or entry
    return reached


def settle(entry: int, usage: Usage) -> None:
    """Put what it has cost in the place of what was set aside."""
    db.rows(_SETTLE, [usage.input_tokens + usage.output_tokens, usage.cost, entry])


def take_back(entry: int) -> None:
    """Nothing was asked after all."""
    Spending.objects.filter(pk=entry).delete()
