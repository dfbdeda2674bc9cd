"""Why: what was decided about a turn is written in the transaction that carries it out."""

from typing import Any
from uuid import UUID

from agents.escalation.rules import Action, Decision
from support.escalation.models import Escalation
from support.models import Conversation, Run

SHOWN = 20


def write(conversation: Conversation, decided: Decision, run: Run) -> None:
    """What a rule decided about a run's turn."""
    Escalation.objects.create(
        conversation=conversation,
        run=run,
        seq=run.in_reply_to,
        origin=Escalation.Origin.RULE,
        action=decided.rule.action,
        reason=decided.rule.reason,
        version=decided.version,
        position=decided.position,
        rule=decided.rule.name,
        trigger=decided.rule.trigger,
        values=decided.values,
    )


def write_hand_over(conversation: Conversation, reason: str, run: Run | None, decided: Decision | None) -> None:
    """By which rule; without one the agent asked for a person, or, without a run, somebody pressed the button."""
    if decided is not None and run is not None:
        write(conversation, decided, run)
        return
    origin = Escalation.Origin.AGENT if run else Escalation.Origin.BUTTON
    seq = run.in_reply_to if run else conversation.last_customer_seq
    Escalation.objects.create(
        conversation=conversation, run=run, seq=seq, origin=origin, action=Action.ESCALATE, reason=reason[:2000]
    )


def of_conversation(conversation_id: UUID) -> list[dict[str, Any]]:
    """The newest decisions, for staff."""
    rows = Escalation.objects.filter(conversation=conversation_id)[:SHOWN]
    return [shape(row) for row in rows]


def shape(row: Escalation) -> dict[str, Any]:
    """A decision."""
    names = ("seq", "origin", "action", "reason", "version", "position", "rule", "trigger", "values", "created_at")
    return {"run": str(row.run_id) if row.run_id else None, **{name: getattr(row, name) for name in names}}
