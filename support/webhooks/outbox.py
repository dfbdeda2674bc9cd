"""What webhooks are told, recorded in the transaction of the change: what is rolled back was never told, what is
committed is delivered. One statement writes the events that some webhook wants, and a delivery for each that does.

Whether any webhook listens at all is known from the statement that writes a message (`rows.insert_message`): where there
is none, that is all it costs.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection, transaction
from rest_framework.utils.encoders import JSONEncoder

from support import queries, rows, shapes
from support.change import Change
from support.webhooks import nudge

# The notices that tell of a change with a type of its own.
_NAMED = {"queued", "claimed", "released", "closed"}
# Runs that were not overtaken by something else, but came to an end without a reply.
_ENDS = {"escalated", "failed"}

_STORE = """
WITH happened AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(bodies)s::text[])
        WITH ORDINALITY AS t (id, type, body, number)
), wanted AS (
    SELECT happened.id, webhook.id AS webhook_id, number FROM happened, support_webhook webhook
    WHERE webhook.enabled AND (webhook.types = '{}' OR happened.type = ANY (webhook.types))
        AND (webhook.every_inbox OR EXISTS (
            SELECT FROM support_webhook_inboxes chosen
            WHERE chosen.webhook_id = webhook.id AND chosen.inbox_id = ANY (%(inboxes)s::uuid[])
        ))
), stored AS (
    INSERT INTO support_webhookevent (id, type, conversation_id, body)
    SELECT id, type, %(conversation)s::uuid, body FROM happened WHERE id IN (SELECT id FROM wanted)
)
INSERT INTO support_webhookdelivery (event_id, webhook_id, state) SELECT id, webhook_id, 'pending' FROM wanted
ORDER BY number, webhook_id
"""


@dataclass(frozen=True)
class About:
    """What events are about. at: the database's time. inboxes: those whose webhooks may be told."""

    at: datetime
    inboxes: list[UUID]
    conversation: UUID | None = None


def record(change: Change) -> None:
    """Record what an action did to a conversation, as it is now."""
    at = _listening(change)
    if at is not None:
        conversation = change.conversation
        store(About(at, [conversation.inbox_id], conversation.id), list(_events(change)))


def _listening(change: Change) -> datetime | None:
    """The database's time of the change, if there was one and any webhook listens."""
    if change.created:
        return change.created[-1].created_at if change.listening else None
    return rows.listening() if change.updated or change.state_changed else None


def _events(change: Change) -> Iterator[tuple[str, Any]]:
    if change.opened or change.state_changed:
        view = change.view or queries.snapshot(change.conversation.id)[0]
        if change.opened:
            yield "conversation.created", view
        for row in change.created:
            if row.notice in _NAMED:
                yield f"conversation.{row.notice}", view
        if change.state_changed:
            yield "conversation.updated", view
    for row in change.created:
        yield "message.created", shapes.message(row)
    for row in change.updated:
        yield "rating.created", shapes.rating(row)
    ended = [run_id for run_id, reason in change.cancelled if reason in _ENDS]
    for run_id in [change.finished, *ended] if change.finished else ended:
        run = rows.run(run_id)
        assert run is not None
        yield "run.completed", shapes.run(run)


def store(about: About, events: list[tuple[str, Any]]) -> None:
    """Write these (type, data) for the webhooks that want them."""
    parameters: dict[str, Any] = {
        "ids": [uuid4() for _ in events],
        "types": [kind for kind, _ in events],
        "bodies": [body(kind, data, about) for kind, data in events],
        "inboxes": about.inboxes,
        "conversation": about.conversation,
    }
    # Prepared, as planning costs more than running it; Django's own cursors do not prepare. A transaction is open.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_STORE, parameters, prepare=True)
        if cursor.rowcount:
            transaction.on_commit(nudge.soon, robust=True)


def body(kind: str, data: Any, about: About) -> str:
    """The JSON of an event: `data` as the API shows it, and which conversation it is about."""
    envelope: dict[str, Any] = {"type": kind, "timestamp": about.at}
    if about.conversation is not None:
        envelope["conversation_id"] = str(about.conversation)
    return json.dumps(envelope | {"data": data}, cls=JSONEncoder, ensure_ascii=False)
