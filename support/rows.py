"""The statements that every message takes, as SQL text: by the ORM each costs several times as much (docs/performance.md).

Who calls them holds the conversation locked, or is about to; `support.actions` and `support.run_actions` alone write.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models

from agents.turn import Who
from config.common import db
from knowledge.audience import Audience
from sessions_app import hours
from sessions_app.models import Inbox
from sessions_app.verified import HOLDS
from support.models import Conversation, Message, Run

M = TypeVar("M", bound=models.Model)


def _names(model: type[models.Model], leave_out: Iterable[str] = ()) -> list[str]:
    """The columns of a model."""
    return [field.attname for field in model._meta.concrete_fields if field.attname not in leave_out]


_CONVERSATION, _RUN, _MESSAGE = (
    _names(Conversation),
    _names(Run, ["passages", "searches"]),
    _names(Message, ["created_at"]),
)

_LOCK = f"SELECT {', '.join(_CONVERSATION)} FROM support_conversation WHERE id = %s FOR UPDATE"
_LOCK_OF = f"""
SELECT {", ".join(_CONVERSATION)} FROM support_conversation
WHERE id = (SELECT conversation_id FROM support_run WHERE id = %s) FOR UPDATE
"""
_SELECT_RUN = f"SELECT {', '.join(_RUN)} FROM support_run WHERE id = %s"
_HAS_MESSAGE = "SELECT id FROM support_message WHERE conversation_id = %s AND role = %s AND client_id = %s"
_INSERT_MESSAGE = f"""
WITH conversation AS (
    UPDATE support_conversation SET last_seq = %(last_seq)s, last_customer_seq = %(last_customer_seq)s,
        last_human_seq = %(last_human_seq)s, answered_seq = %(answered_seq)s, updated_at = statement_timestamp()
    WHERE id = %(conversation_id)s
)
INSERT INTO support_message ({", ".join(_MESSAGE)}) VALUES ({", ".join(f"%({name})s" for name in _MESSAGE)})
RETURNING created_at, EXISTS (SELECT FROM support_webhook WHERE enabled)
"""
_LISTENING = "SELECT statement_timestamp() WHERE EXISTS (SELECT FROM support_webhook WHERE enabled)"
_INSERT_RUN = """
INSERT INTO support_run (id, conversation_id, epoch, in_reply_to, attempt, extractive, action_id, state, reason,
    lease_owner, lease_until, engine, model, model_calls, input_tokens, output_tokens, passages, trace)
VALUES (%(id)s, %(conversation_id)s, %(epoch)s, %(in_reply_to)s, %(attempt)s, %(extractive)s, %(action_id)s, 'active',
    '', %(lease_owner)s, statement_timestamp() + %(lease_seconds)s * interval '1 second', '', '', 0, 0, 0, '[]',
    %(trace)s)
RETURNING lease_until, created_at
"""
_FINISH_RUN = """
UPDATE support_run SET state = 'finished', finished_at = statement_timestamp(), reason = %(reason)s,
    confidence = %(confidence)s, rests_on_tools = %(rests_on_tools)s,
    engine = %(engine)s, model = %(model)s, model_calls = %(model_calls)s,
    input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s, cost = %(cost)s,
    limit_reached = %(limit_reached)s, search_ms = %(search_ms)s, first_token_ms = %(first_token_ms)s,
    total_ms = %(total_ms)s, passages = %(passages)s, searches = %(searches)s, prompt = %(prompt)s
WHERE id = %(id)s
"""
_SETTING = f"""
SELECT inbox.name, inbox.tags, inbox.locale, inbox.reply_language,
    customer.id, customer.sub, customer.name, customer.email, coalesce(verified.address, ''), customer.metadata,
    inbox.opening_hours, inbox.timezone, statement_timestamp(), coalesce(policy.version, 0)
FROM sessions_app_customer customer
    LEFT JOIN sessions_app_verifiedaddress verified ON verified.customer_id = customer.id AND {HOLDS}
    CROSS JOIN sessions_app_inbox inbox
    LEFT JOIN support_escalationpolicy policy ON policy.inbox_id = inbox.id
WHERE inbox.id = %s AND customer.id = %s
"""
_SPOKEN = """
SELECT seq, role, text FROM support_message
WHERE conversation_id = %s AND seq <= %s AND role IN ('customer', 'assistant', 'human') ORDER BY seq DESC LIMIT %s
"""


@dataclass(frozen=True)
class Setting:
    """What an answer depends on beside the conversation: in whose name it is given, to whom, and from what.

    locale: of the inbox if replies are always in its language (`fixed_language`), otherwise the conversation's.
    is_open: whether people answer now. policy_version: which rules say when they take over; 0: those that are built in.
    """

    inbox_name: str
    locale: str
    fixed_language: bool
    who: Who
    audience: Audience
    metadata: dict[str, Any]
    is_open: bool
    policy_version: int


def _first(statement: str, parameters: Any) -> tuple[Any, ...] | None:
    return next(iter(db.rows(statement, parameters)), None)


def _instance(model: type[M], names: list[str], row: tuple[Any, ...] | None) -> M | None:
    return None if row is None else model.from_db(None, names, row)


def lock(conversation_id: UUID) -> Conversation | None:
    """The conversation, its row locked until the transaction ends; what it refers to is read when it is asked for."""
    return _instance(Conversation, _CONVERSATION, _first(_LOCK, [conversation_id]))


def lock_of(run_id: UUID) -> Conversation | None:
    """The same of the conversation that a run belongs to."""
    return _instance(Conversation, _CONVERSATION, _first(_LOCK_OF, [run_id]))


def run(run_id: UUID) -> Run | None:
    """A run, without its passages."""
    return _instance(Run, _RUN, _first(_SELECT_RUN, [run_id]))


def setting(conversation: Conversation) -> Setting:
    """The conversation's setting as it is now."""
    row = _first(_SETTING, [conversation.inbox_id, conversation.customer_id])
    assert row is not None
    inbox_name, tags, locale, reply_language, customer, sub, name, email, verified_email, *rest = row
    metadata, opening_hours, timezone, now, version = rest
    fixed = reply_language == Inbox.ReplyLanguage.INBOX
    return Setting(
        inbox_name=inbox_name,
        locale=locale if fixed else conversation.locale,
        fixed_language=fixed,
        who=Who(customer, sub, name, email, verified_email),
        audience=Audience(tags=tuple(tags), identified=sub is not None),
        metadata=json.loads(metadata),
        is_open=hours.is_open(json.loads(opening_hours), timezone, now),
        policy_version=version,
    )


def spoken(conversation_id: UUID, last_seq: int, limit: int) -> list[tuple[int, str, str]]:
    """What people and the agent said up to `last_seq`: (seq, role, text), the newest first."""
    return [(seq, role, text) for seq, role, text in db.rows(_SPOKEN, [conversation_id, last_seq, limit])]


def message_sent(conversation_id: UUID, role: str, client_id: UUID) -> UUID | None:
    """The message that was sent with this client_id, if it was sent before."""
    row = _first(_HAS_MESSAGE, [conversation_id, role, client_id])
    return row[0] if row else None


def insert_message(message: Message) -> bool:
    """Write a new message together with the seqs of its conversation, as both have them in memory.

    Returns whether any webhook listens.
    """
    conversation = message.conversation
    fields = {name: getattr(message, name) for name in _MESSAGE} | {"citations": json.dumps(message.citations)}
    for name in ("last_seq", "last_customer_seq", "last_human_seq", "answered_seq"):
        fields[name] = getattr(conversation, name)
    row = _first(_INSERT_MESSAGE, fields)
    assert row is not None
    message.created_at, listening = row
    return bool(listening)


def listening() -> datetime | None:
    """The database's time, if any webhook listens; None if not."""
    row = _first(_LISTENING, [])
    return row[0] if row else None


def insert_run(run: Run) -> None:
    """Write a new run; its lease begins now, by the database's clock."""
    names = (
        "id",
        "conversation_id",
        "epoch",
        "in_reply_to",
        "attempt",
        "extractive",
        "action_id",
        "lease_owner",
        "trace",
    )
    fields = {name: getattr(run, name) for name in names} | {"lease_seconds": settings.RUN_LEASE_SECONDS}
    row = _first(_INSERT_RUN, fields)
    assert row is not None
    run.lease_until, run.created_at = row


def finish_run(run_id: UUID, passages: list[dict[str, Any]], searches: list[dict[str, Any]], **fields: Any) -> None:
    """Write how a run ended that led to a message."""
    found = {"passages": json.dumps(passages), "searches": json.dumps(searches)}
    db.rows(_FINISH_RUN, fields | found | {"id": run_id})
