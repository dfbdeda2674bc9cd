"""What a human agent reads before they answer."""

import pytest

from support import actions, summary
from support.models import Action, Conversation, Message
from tests.support.console_cast import conversation, write

pytestmark = pytest.mark.django_db


def note_of(place) -> str:
    return Conversation.objects.get(id=place.conversation).escalation_note


def test_the_hand_off_says_what_was_asked_and_given():
    """Red when `hand_off` writes no summary."""
    place = conversation("Where is my order 10023?", "I am carla@example.org, invoice no. R-77")
    write(place, "Hello???")
    actions.request_handoff(place, "customer_request")
    assert note_of(place).splitlines() == [
        "Asked first: “Where is my order 10023?”",
        "Asked last: “Hello???”",
        "Gave: carla@example.org, order 10023, invoice R-77",
    ]


def test_and_what_was_shown_and_tried():
    place = conversation("Cancel it please")
    row = Message.objects.get(conversation=place.conversation)
    row.citations = [{"title": "Cancelling"}, {"title": "Cancelling"}, {"title": "Refunds"}]
    row.save(update_fields=["citations"])
    fields = {
        "call": "1",
        "tool": "cancel",
        "risk": "write",
        "arguments": {},
        "shown": {},
        "expires_at": row.created_at,
    }
    Action.objects.create(conversation_id=place.conversation, title="Cancel order 7", state="failed", **fields)
    told = summary.of(place.conversation, "A tool failed.").splitlines()
    assert told[0] == "A tool failed."
    assert told[-2:] == ["Was shown: Cancelling, Refunds", "Tried: Cancel order 7 (failed)"]


def test_long_messages_are_cut_and_so_is_the_whole():
    place = conversation("x" * 8000)
    told = summary.of(place.conversation, "n" * 1990)
    assert len(told) == summary.MAX_CHARACTERS
    assert len(summary.of(place.conversation, "")) < 300


def test_an_empty_conversation():
    place = conversation()
    Message.objects.filter(conversation=place.conversation).delete()
    assert summary.of(place.conversation, "") == ""
