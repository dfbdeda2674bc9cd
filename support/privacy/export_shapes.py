"""What an export says of a person. Not in it: notes for human agents, who they are, and the articles that were searched."""

from typing import Any
from uuid import UUID

from agents.memory import SLOTS
from agents.models import ToolCall
from sessions_app.models import Customer, VerifiedAddress
from sessions_app.records import Session
from support import shapes
from support.memory import records
from support.models import Action, Conversation, Escalation, Message, Run, WebhookEvent


def customer(row: Customer) -> dict[str, Any]:
    """Who they are, or were."""
    names = ("sub", "name", "email", "metadata", "created_at", "last_seen_at")
    known = {name: getattr(row, name) for name in names}
    return {"id": str(row.id), "inbox": row.inbox.name, **known, "verified_address": _verified(row)}


def _verified(row: Customer) -> dict[str, Any] | None:
    """The address they have proven, also one that counts no longer."""
    names = ("address", "how", "verified_at", "expires_at")
    proven = VerifiedAddress.objects.filter(customer=row).first()
    return {name: getattr(proven, name) for name in names} if proven else None


def session(row: Session) -> dict[str, Any]:
    """A live session, without what would open it."""
    return {
        "conversation_id": str(row.conversation),
        "locale": row.locale,
        "metadata": row.metadata,
        "created_at": shapes.moment(row.created_at),
    }


def conversation(row: Conversation) -> dict[str, Any]:
    """A conversation, but for its messages."""
    names = ("locale", "state", "customer_read_seq", "created_at", "updated_at", "closed_at")
    return {
        "id": str(row.id),
        "inbox": row.inbox.name,
        **{name: getattr(row, name) for name in names},
        "memory": _memory(row.id),
        "turns": _turns(row),
        "actions": [_action(one) for one in Action.objects.filter(conversation=row)],
        "decisions": list(
            Escalation.objects.filter(conversation=row).order_by("id").values("seq", "action", "reason", "created_at")
        ),
        "told_to_other_systems": list(
            WebhookEvent.objects.filter(conversation=row).order_by("created_at").values("type", "created_at")
        ),
    }


def message(row: Message) -> dict[str, Any]:
    """A message as the customer sees it, and what they said of it."""
    return shapes.message(row) | {"rating_reason": row.rating_reason, "rating_comment": row.rating_comment}


def _memory(conversation_id: UUID) -> dict[str, Any]:
    row = records.of(conversation_id)
    facts = [
        {"fact": SLOTS[name], "value": slot["value"], "by": slot["by"]}
        for name, slot in row.slots.items()
        if name in SLOTS and slot["value"]
    ]
    return {"notes": row.summary, "facts": facts}


def _turns(row: Conversation) -> list[dict[str, Any]]:
    """What the AI agent did: what it searched for, which tools it called, how sure it was."""
    known = ("in_reply_to", "state", "reason", "engine", "model", "confidence", "rests_on_tools", "searches")
    names = (*known, "created_at", "finished_at")
    runs = list(Run.objects.filter(conversation=row).defer("passages").order_by("created_at"))
    calls: dict[UUID, list[dict[str, Any]]] = {}
    for call in ToolCall.objects.filter(run__in=[run.id for run in runs]):
        told = {name: getattr(call, name) for name in ("tool", "arguments", "state", "result", "created_at")}
        calls.setdefault(call.run, []).append(told)
    return [
        {"id": str(run.id), **{name: getattr(run, name) for name in names}, "tool_calls": calls.get(run.id, [])}
        for run in runs
    ]


def _action(row: Action) -> dict[str, Any]:
    names = ("title", "tool", "state", "result", "created_at", "decided_at")
    return {"id": str(row.id), "arguments": row.shown, **{name: getattr(row, name) for name in names}}
