"""Conversations for tests that call actions themselves, in the test database."""

import uuid

from django.contrib.auth import get_user_model

from sessions_app.models import Customer, Inbox
from support import actions
from support.actions import Place
from support.models import Conversation, Message, Run

OWNER = "test-process"


def new_place(**inbox) -> Place:
    """An inbox, a customer, and a reserved conversation."""
    row = Inbox.objects.create(**({"name": "Shop"} | inbox))
    customer = Customer.objects.create(inbox=row)
    return Place(uuid.uuid4(), row.id, customer.id, "en")


def ask(place: Place, text: str = "How do I get a refund?"):
    """A customer's message; returns its Change."""
    return actions.receive_message(place, uuid.uuid4(), text, OWNER)


def new_human_agent(username: str | None = None, **fields):
    """A member of staff."""
    name = username or f"agent-{uuid.uuid4().hex[:8]}"
    return get_user_model().objects.create_user(name, password=None, is_staff=True, **fields)


def transcript(place: Place) -> list[tuple[int, str, str | None]]:
    """(seq, role, notice) of every message."""
    rows = Message.objects.filter(conversation=place.conversation).order_by("seq")
    return list(rows.values_list("seq", "role", "notice"))


def conversation(place: Place) -> Conversation:
    return Conversation.objects.get(id=place.conversation)


def active_run(place: Place) -> Run | None:
    return Run.objects.filter(conversation=place.conversation, state=Run.State.ACTIVE).first()
