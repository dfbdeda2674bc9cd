"""Conversations and messages as the outside world sees them: the same in HTTP, frames and webhooks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from sessions_app import mailboxes
from sessions_app.models import Customer
from support.models import Action, Conversation, EmailChallenge, Message, Run
from support.verification.limits import RESEND_SECONDS

_GRANTED = {
    Action.State.CONFIRMED,
    Action.State.BEGUN,
    Action.State.DONE,
    Action.State.FAILED,
    Action.State.UNKNOWN,
}


def display_name(user: Any) -> str:
    """What customers call a human agent; never the username."""
    return user.get_full_name().strip() or "Support"


def person(user: AbstractBaseUser | None) -> dict[str, Any] | None:
    """A human agent, for customers' eyes."""
    return None if user is None else {"name": display_name(user), "avatar_url": None}


def customer(row: Customer, verified_email: str) -> dict[str, Any]:
    """A customer. verified_email: the address they have proven; empty: none. `email` is as their company names it."""
    known = {"name": row.name, "email": row.email, "verified_email": verified_email}
    return {"id": str(row.id), **known, "identified": row.identified}


def message(row: Message) -> dict[str, Any]:
    """A message."""
    author = {"name": row.author_name, "avatar_url": None} if row.author_name else None
    return {
        "id": str(row.id),
        "seq": row.seq,
        "role": row.role,
        "author": author,
        "text": row.text,
        "citations": row.citations,
        "run": str(row.run_id) if row.run_id else None,
        "client_id": str(row.client_id) if row.client_id else None,
        "created_at": _iso(row.created_at),
        "rating": row.rating,
        "engine": row.engine,
        "notice": row.notice,
    }


def action(row: Action) -> dict[str, Any]:
    """What the agent asked leave for; `by` says whose. `outcome` is None while it waits; then what the answer was."""
    waits, granted = row.state == Action.State.PENDING, row.state in _GRANTED
    is_customers = row.verifies or row.risk == Action.Risk.WRITE
    return {
        "action": str(row.id),
        "run": str(row.run_id) if row.run_id else None,
        "tool": row.tool,
        "title": row.title,
        "arguments": row.shown,
        "by": "customer" if is_customers else "human_agent",
        "expires_at": _iso(row.expires_at),
        "verification": verification(row.challenge) if waits and row.verifies else None,
        "outcome": None if waits else "confirmed" if granted else row.state,
    }


def verification(row: EmailChallenge) -> dict[str, Any]:
    """The proof that an action waits for. The address is masked: whoever sees it may not be whose it is."""
    sent = row.sent_at if not row.failed else None
    return {
        "address": mailboxes.masked(row.address),
        "fixed": row.fixed,
        "sent": sent is not None,
        "failed": row.failed,
        "resend_at": _iso(sent + timedelta(seconds=RESEND_SECONDS)) if sent else None,
        "expires_at": _iso(row.expires_at) if sent else None,
    }


def rating(row: Message) -> dict[str, Any]:
    """What the customer thinks of an answer, and the answer."""
    return {
        "rating": row.rating,
        "reason": row.rating_reason,
        "comment": row.rating_comment,
        "message": message(row),
    }


def run(row: Run) -> dict[str, Any]:
    """An AI turn that is over. `reason`: how it ended."""
    names = "in_reply_to attempt state reason engine model model_calls input_tokens output_tokens"
    names += " search_ms first_token_ms total_ms"
    return {
        "id": str(row.id),
        **{name: getattr(row, name) for name in names.split()},
        "created_at": _iso(row.created_at),
        "finished_at": _iso(row.finished_at),
    }


def conversation(row: Conversation, queue_position: int | None, actions: Sequence[Action] = ()) -> dict[str, Any]:
    """A conversation; `queue_position` counts from 1, `actions` are the newest few."""
    return {
        "id": str(row.id),
        "inbox": row.inbox.key,
        "customer": customer(row.customer, row.verified_email),
        "locale": row.locale,
        "state": row.state,
        "assignee": person(row.assignee),
        "last_seq": row.last_seq,
        "queue_position": queue_position,
        "actions": [action(row) for row in actions],
        "created_at": _iso(row.created_at),
        "updated_at": _iso(row.updated_at),
        "closed_at": _iso(row.closed_at) if row.closed_at else None,
        "missed_at": _iso(row.missed_at) if row.missed_at else None,
    }


def reserved(conversation_id: UUID, who: Customer, verified_email: str, locale: str) -> dict[str, Any]:
    """A conversation that has no row yet: nothing has been written in it."""
    now = timezone.now()
    row = Conversation(id=conversation_id, inbox=who.inbox, customer=who, locale=locale, created_at=now, updated_at=now)
    row.verified_email = verified_email
    return conversation(row, None)


def moment(seconds: float) -> str:
    """A moment given in seconds since the epoch."""
    return _iso(datetime.fromtimestamp(seconds, UTC))


def _iso(moment: Any) -> str:
    return str(moment.isoformat()).replace("+00:00", "Z")
