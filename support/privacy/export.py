"""A person's data as one JSON document, made piece by piece (docs/privacy.md describes it).

Nothing is held open between two pieces, so that each may be made on another thread. What is written while it is made may be in it or not.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from config.common.audit.actions import Action as Audited
from config.common.audit.trail import record
from support.models import Conversation, Message
from support.privacy import export_shapes as shapes
from support.privacy import people
from support.privacy.people import Person

FORMAT = "replywell.customer/1"
# Messages in one piece.
PAGE = 500


def pieces(person: Person) -> Iterator[str]:
    """The document. Raises Unavailable before the first piece when Redis, where sessions are, is away."""
    head = {
        "format": FORMAT,
        "exported_at": timezone.now(),
        "customer": shapes.customer(person.customer),
        "former_visitors": [shapes.customer(visitor) for visitor in person.visitors],
        "sessions": [shapes.session(session) for session in people.sessions(person)],
    }
    ids = list(person.conversations.values_list("id", flat=True))
    with transaction.atomic():
        record(Audited.CUSTOMER_EXPORTED, "customer", person.customer.id, conversations=len(ids))
    yield from _with_list(head, "conversations", (_conversation(conversation_id) for conversation_id in ids))
    yield "\n"


def _conversation(conversation_id: Any) -> Iterator[str]:
    row = Conversation.objects.select_related("inbox").filter(id=conversation_id).first()
    if row is None:  # removed meanwhile
        yield "null"
        return
    yield from _with_list(shapes.conversation(row), "messages", _messages(row))


def _messages(row: Conversation) -> Iterator[Iterator[str]]:
    seq = 0
    while page := list(Message.objects.filter(conversation=row, seq__gt=seq).order_by("seq")[:PAGE]):
        yield iter([",\n".join(_text(shapes.message(message)) for message in page)])
        seq = page[-1].seq


def _with_list(fields: dict[str, Any], name: str, items: Iterable[Iterator[str]]) -> Iterator[str]:
    """An object of these fields and a list, whose items come in pieces."""
    yield f"{_text(fields)[:-1]}, {_text(name)}: ["
    for number, item in enumerate(items):
        yield ",\n" if number else "\n"
        yield from item
    yield "]}"


def _text(value: Any) -> str:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False)
