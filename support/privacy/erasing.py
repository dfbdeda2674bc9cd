"""Erasing a person: sessions first, then what is under way, then all rows in one transaction, then latecomers.

Killed before that transaction commits, nothing was removed but sessions, and the erasure is begun again. Killed after it, the
manifest is there, and `settle` does the rest.
"""

import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from agents.models import ToolCall
from config.common import events
from config.common.audit.actions import Action as Audited
from config.common.audit.trail import record
from config.common.errors import NotFound
from sessions_app import finding, services
from sessions_app.models import Customer
from sessions_app.records import Session
from support import actions, queries
from support.change import Change
from support.models import Conversation, Erasure, EscalationSimulation, Run
from support.perform import perform_sync
from support.privacy import people, removing
from support.privacy.marks import Marks
from support.privacy.people import Person
from support.privacy.removing import Removed

SESSIONS = "sessions in Redis"
# A turn or a simulation that was under way may write its last within this time; a session that was being opened, too.
LATECOMERS = timedelta(hours=1)


def erase(customer_id: UUID, by: str) -> Erasure:
    """Remove all that is kept of the person behind a customer's row, and return the manifest.

    Raises NotFound, and Unavailable when Redis is away: then nothing was removed.
    """
    person = people.find(customer_id)
    ended = _end(people.sessions(person))
    conversations = list(person.conversations.values_list("id", flat=True))
    for conversation_id in conversations:
        perform_sync(_fence, conversation_id)
    erasure = _erase_rows(person, by, ended)
    _look_again(erasure)
    events.emit(events.Event.CUSTOMER_ERASED, erasure=str(erasure.id), rows=sum(erasure.removed.values()))
    return erasure


def _end(sessions: list[Session]) -> Removed:
    """End sessions: their tokens are refused and their sockets closed."""
    for session in sessions:
        services.end(session.id)
    return Counter({SESSIONS: len(sessions)} if sessions else {})


@transaction.atomic
def _fence(conversation_id: UUID) -> Change | None:
    """Close a conversation without a word: whatever works on it is cancelled, and writes nothing any more."""
    try:
        change = Change(actions.lock(conversation_id))
    except NotFound:
        return None
    actions.cancel_runs(change, "stopped")
    actions.set_state(change, state=Conversation.State.CLOSED, assignee=None, queued_at=None, closed_at=Now())
    change.view, _ = queries.snapshot(conversation_id)
    return change


@transaction.atomic
def _erase_rows(person: Person, by: str, ended: Removed) -> Erasure:
    # Conversations before customers, as everybody locks them; once the customers are locked no further one can come.
    list(person.conversations.select_for_update().order_by("id"))
    person = people.find(person.customer.id)
    customers = Customer.objects.filter(id__in=person.ids)
    if not list(customers.select_for_update().order_by("id")):
        raise NotFound("There is no such customer. Perhaps they were erased already.")
    conversations = list(person.conversations.values_list("id", flat=True))
    runs = list(Run.objects.filter(conversation__in=conversations).values_list("id", flat=True))
    marks = Marks.of([*person.ids, *conversations, *runs])
    removed = ended + removing.conversations(conversations) + removing.mentions(person.ids)
    removed += removing.counted(customers.delete())
    erasure = Erasure(by=by, erased_at=actions.db_now(), salt=marks.salt, marks=sorted(marks.known), removed=removed)
    erasure.digest = digest_of(erasure)
    erasure.save(force_insert=True)
    record(Audited.CUSTOMER_ERASED, "erasure", erasure.id, rows=sum(removed.values()))
    return erasure


def manifest(row: Erasure) -> dict[str, Any]:
    """What the digest is of."""
    return {
        "erasure": str(row.id),
        "erased_at": row.erased_at.isoformat(),
        "by": row.by,
        "removed": dict(sorted(row.removed.items())),
        "salt": row.salt,
        "marks": row.marks,
    }


def digest_of(row: Erasure) -> str:
    """SHA-256 of the manifest as JSON, keys sorted, without spaces; hex."""
    text = json.dumps(manifest(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def settle() -> int:
    """Look for latecomers of recent erasures, and be done with those that are old enough; returns how many erasures."""
    rows = list(Erasure.objects.filter(settled_at=None))
    for row in rows:
        _look_again(row)
    Erasure.objects.filter(settled_at=None, erased_at__lt=Now() - LATECOMERS).update(settled_at=Now())
    return len(rows)


def _look_again(erasure: Erasure) -> None:
    """Remove what came after: sessions, tool calls that were being made, simulations that were being run."""
    marks = Marks(erasure.salt, frozenset(erasure.marks))
    found = finding.matching(lambda one: marks.has(one.customer) or marks.has(one.conversation))
    removed = _end(list(found))
    with transaction.atomic():
        removed += _late_rows(erasure, marks)
        if not removed:
            return
        row = Erasure.objects.select_for_update().get(pk=erasure.pk)
        erasure.removed = row.removed = dict(Counter(row.removed) + removed)
        erasure.digest = row.digest = digest_of(row)
        row.save(update_fields=["removed", "digest"])


def _late_rows(erasure: Erasure, marks: Marks) -> Removed:
    since = erasure.erased_at - LATECOMERS
    runs = ToolCall.objects.filter(created_at__gte=since).order_by().values_list("run", flat=True).distinct()
    simulations = EscalationSimulation.objects.filter(beat_at__gte=since).values_list("result", flat=True)
    listed = {UUID(one["id"]) for result in simulations for one in result.get("listed", ())}
    removed = removing.tool_calls(run for run in runs if marks.has(run))
    return removed + removing.mentions(one for one in listed if marks.has(one))
