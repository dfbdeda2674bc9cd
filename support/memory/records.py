"""Reading what is remembered: for a turn, for the notes that are due, and for the console."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from agents.memory import EARLIER_CHARACTERS, EARLIER_CONVERSATIONS, SLOTS, Memory, cut
from agents.turn import Utterance, Who
from config.common import db
from support.memory.models import ConversationMemory

# More unsummarised messages, or characters in them, than these are due for a summary.
MAX_MESSAGES, MAX_CHARACTERS = 16, 6_000
# What is left to be read word for word: so many of the newest messages, as long as they are no longer than this together.
RECENT_MESSAGES, RECENT_CHARACTERS = 8, 3_000
# The last question and its answer stay, however long they are.
LAST_MESSAGES = 2
# Messages that go into a summary at once; a conversation that people led for long takes several turns.
MAX_SUMMARISED = 200

_MEMORY = "SELECT summary, summary_seq, slots FROM support_conversationmemory WHERE conversation_id = %s"
_SPOKEN = """
SELECT seq, role, text FROM support_message
WHERE conversation_id = %s AND seq > %s AND role IN ('customer', 'assistant', 'human') ORDER BY seq LIMIT %s
"""
# Where there is no summary, the first thing they asked tells best what it was about.
_EARLIER = """
SELECT coalesce(nullif(memory.summary, ''), (
        SELECT left(text, 1000) FROM support_message
        WHERE conversation_id = conversation.id AND role = 'customer' ORDER BY seq LIMIT 1)), memory.slots
FROM support_conversation conversation LEFT JOIN support_conversationmemory memory
    ON memory.conversation_id = conversation.id
WHERE conversation.customer_id = %s AND conversation.id <> %s AND conversation.last_customer_seq > 0
    AND conversation.updated_at > statement_timestamp() - %s * interval '1 day'
ORDER BY conversation.updated_at DESC LIMIT %s
"""


def of(conversation_id: UUID) -> ConversationMemory:
    """The conversation's memory; an empty one that is not saved when there is none yet."""
    for summary, summary_seq, slots in db.rows(_MEMORY, [conversation_id]):
        return ConversationMemory(conversation_id, summary, summary_seq, json.loads(slots))
    return ConversationMemory(conversation_id=conversation_id)


def load(conversation_id: UUID, who: Who) -> tuple[Memory, int]:
    """What a turn gets to know, and the seq after which it reads the messages themselves."""
    row = of(conversation_id)
    return Memory(row.summary, values(row.slots), earlier(conversation_id, who)), row.summary_seq


def values(slots: dict[str, Any]) -> dict[str, str]:
    """The slots that have a value, in the order of SLOTS."""
    return {name: slots[name]["value"] for name in SLOTS if name in slots and slots[name]["value"]}


def earlier(conversation_id: UUID, who: Who) -> tuple[str, ...]:
    """What the customer's other conversations were about, the newest first: only theirs whom an identity proves."""
    if who.sub is None or not settings.CUSTOMER_MEMORY_DAYS:
        return ()
    told = db.rows(_EARLIER, [who.id, conversation_id, settings.CUSTOMER_MEMORY_DAYS, EARLIER_CONVERSATIONS])
    return tuple(_told(summary, slots) for summary, slots in told)


def _told(summary: str, slots: str | None) -> str:
    known = values(json.loads(slots)) if slots else {}
    given = [f"{SLOTS[name]}: {value}" for name, value in known.items()]
    return cut(" ".join([*given, " ".join(summary.split())]), EARLIER_CHARACTERS)


@dataclass(frozen=True)
class Due:
    """What has to go into a summary. since: the seq up to which there is one. upto: the seq it will cover then."""

    summary: str
    since: int
    upto: int
    said: tuple[Utterance, ...]


def due(conversation_id: UUID) -> Due | None:
    """The messages that are to be summarised now; None while the newest ones can all be read themselves."""
    row = of(conversation_id)
    spoken = db.rows(_SPOKEN, [conversation_id, row.summary_seq, MAX_SUMMARISED])
    if fits([text for _, _, text in spoken]):
        return None
    old = spoken[: len(spoken) - _recent([text for _, _, text in spoken])]
    if not old:
        return None
    return Due(row.summary, row.summary_seq, old[-1][0], tuple(Utterance(role, text) for _, role, text in old))


def fits(texts: Sequence[str]) -> bool:
    """Whether messages that are in no summary can all be read word for word."""
    return len(texts) <= MAX_MESSAGES and sum(map(len, texts)) <= MAX_CHARACTERS


def _recent(texts: Sequence[str]) -> int:
    """How many of the last texts are left as they are."""
    room, count = RECENT_CHARACTERS, 0
    for text in reversed(texts[-RECENT_MESSAGES:]):
        room -= len(text)
        if room < 0 and count >= LAST_MESSAGES:
            break
        count += 1
    return count


def shown(conversation_id: UUID) -> dict[str, Any]:
    """What the console shows: the summary, and the slots with who gave them and in which message."""
    row = of(conversation_id)
    return {
        "summary": row.summary,
        "summary_seq": row.summary_seq,
        "slots": [
            {"name": name, "label": label, **row.slots[name]}
            for name, label in SLOTS.items()
            if name in row.slots and row.slots[name]["value"]
        ],
        "names": [{"name": name, "label": label} for name, label in SLOTS.items()],
    }
