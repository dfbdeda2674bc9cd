"""Writing what is remembered: by a run, after one, and by human agents. Each under the conversation's lock.

What a run noticed is written in the transaction of its reply (`support.run_actions`), so a run that lost its conversation
writes none of it; the notes that are written after a reply pass a fence of their own.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from agents.memory import SLOTS, VALUE_CHARACTERS, MemoryUpdate
from agents.notes import Notes
from config.common.errors import Invalid, NotFound
from config.common.text import check_text
from support import rows
from support.memory import records
from support.memory.models import ConversationMemory
from support.models import Conversation


def notice(conversation: Conversation, update: MemoryUpdate, seq: int) -> None:
    """Note facts of the customer's messages up to `seq`; the conversation is locked.

    A human agent's correction stands until the customer says something after it.
    """
    if not update.slots:
        return
    row = records.of(conversation.id)
    for name, value in update.slots.items():
        known = row.slots.get(name)
        if name in SLOTS and (known is None or seq >= known["seq"] + (known["by"] == "human")):
            row.slots[name] = _slot(value, seq, "customer")
    _save(row)


@transaction.atomic
def keep(conversation_id: UUID, epoch: int, due: records.Due, notes: Notes) -> bool:
    """Keep the notes on what was due; False, and nothing kept, when it is not the run's to say any more.

    Who is in charge has changed since the run began, or somebody else was faster.
    """
    conversation = rows.lock(conversation_id)
    row = records.of(conversation_id)
    if conversation is None or conversation.epoch != epoch or row.summary_seq != due.since:
        return False
    row.summary, row.summary_seq = notes.summary, due.upto
    for name, value in notes.slots.items():
        # The patterns and people are surer of what they say.
        if row.slots.get(name, {}).get("by", "model") == "model":
            row.slots[name] = _slot(value, due.upto, "model")
    _save(row)
    return True


@transaction.atomic
def correct(conversation_id: UUID, user: AbstractUser, name: str, value: object) -> None:
    """A human agent sets a slot. Invalid for a slot there is none of, InvalidText for a value that is none."""
    text = " ".join(check_text(value, VALUE_CHARACTERS, "value").split())
    _set(conversation_id, user, name, text)


@transaction.atomic
def forget(conversation_id: UUID, user: AbstractUser, name: str) -> None:
    """A human agent deletes a slot: it stays empty until the customer says something new. Invalid as above."""
    _set(conversation_id, user, name, "")


def _set(conversation_id: UUID, user: AbstractUser, name: str, value: str) -> None:
    if name not in SLOTS:
        raise Invalid(f"There is no fact {name!r}.", [{"field": "fact", "message": f"one of {', '.join(SLOTS)}"}])
    conversation = rows.lock(conversation_id)
    if conversation is None:
        raise NotFound()
    row = records.of(conversation_id)
    row.slots[name] = _slot(value, conversation.last_seq, "human") | {"author": user.pk}
    _save(row)


def _slot(value: str, seq: int, by: str) -> dict[str, Any]:
    return {"value": value, "seq": seq, "by": by}


def _save(row: ConversationMemory) -> None:
    fields = {"summary": row.summary, "summary_seq": row.summary_seq, "slots": row.slots, "updated_at": Now()}
    ConversationMemory.objects.update_or_create(conversation_id=row.conversation_id, defaults=fields)
