"""What human agents do on a conversation's page."""

import uuid

import pytest

from support import actions
from support.models import Conversation, Message, Run
from tests.support.console_cast import browser, conversation, post, staff, url, write

pytestmark = pytest.mark.django_db


def state_of(place):
    row = Conversation.objects.get(id=place.conversation)
    return row.state, row.assignee and row.assignee.username


def reply(client, place, seen, text="Hello from us", client_id=None):
    return post(client, place, "reply", client_id=client_id or str(uuid.uuid4()), text=text, last_seen_seq=seen)


def test_the_first_to_claim_holds_the_conversation():
    place = conversation()
    claimed = post(browser("alice"), place, "claim")
    assert (claimed.status_code, claimed.json()["is_mine"], claimed.json()["holder"]["name"]) == (200, True, "Alice")
    second = post(browser("bob"), place, "claim")
    assert (second.status_code, second.json()["assignee"]["name"]) == (409, "Alice")
    assert second["Content-Type"] == "application/problem+json"
    assert state_of(place) == ("human", "alice")


def test_a_claim_ends_the_run_under_way():
    place = conversation("What does it cost?")
    post(browser("alice"), place, "claim")
    assert Run.objects.get(conversation=place.conversation).reason == "taken_over"


def test_a_reply_reaches_the_thread_once():
    place = conversation()
    alice = browser("alice")
    post(alice, place, "claim")
    client_id = str(uuid.uuid4())
    first = reply(alice, place, 2, "**Hello**", client_id)
    again = reply(alice, place, 2, "**Hello**", client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["message"] == again.json()["message"]
    assert first.json()["message"]["author"]["name"] == "Alice"
    assert Message.objects.filter(conversation=place.conversation, role="human").count() == 1


def test_a_reply_that_has_not_seen_the_newest_message_is_held_back_and_shown_it():
    place = conversation()
    alice = browser("alice")
    post(alice, place, "claim")
    newest = write(place, "Wait, something else")
    refused = reply(alice, place, newest.seq - 1)
    assert refused.status_code == 409
    assert [message["text"] for message in refused.json()["messages"]] == ["Wait, something else"]
    assert reply(alice, place, newest.seq).status_code == 201


def test_only_the_holder_replies():
    place = conversation()
    post(browser("alice"), place, "claim")
    refused = reply(browser("bob"), place, 2)
    assert (refused.status_code, refused.json()["assignee"]["name"]) == (409, "Alice")
    assert not Message.objects.filter(conversation=place.conversation, role="human").exists()


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Hi", "last_seen_seq": 2},
        {"client_id": "not-a-uuid", "text": "Hi", "last_seen_seq": 2},
        {"client_id": str(uuid.uuid4()), "text": "Hi"},
        {"client_id": str(uuid.uuid4()), "text": "Hi", "last_seen_seq": True},
        {"client_id": str(uuid.uuid4()), "text": "Hi", "last_seen_seq": -1},
        {"client_id": str(uuid.uuid4()), "text": "Hi", "last_seen_seq": 2**40},
        {"client_id": str(uuid.uuid4()), "text": "  ", "last_seen_seq": 2},
        {"client_id": str(uuid.uuid4()), "text": 5, "last_seen_seq": 2},
        {"client_id": str(uuid.uuid4()), "text": "nul \x00", "last_seen_seq": 2},
        {"client_id": str(uuid.uuid4()), "text": "a" * 8001, "last_seen_seq": 2},
    ],
)
def test_a_bad_reply_is_400_and_names_the_field(body):
    place = conversation()
    alice = browser("alice")
    post(alice, place, "claim")
    refused = post(alice, place, "reply", **body)
    assert (refused.status_code, len(refused.json()["errors"])) == (400, 1)
    assert not Message.objects.filter(conversation=place.conversation, role="human").exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_not_a_json_object_is_400(body):
    place = conversation()
    refused = browser("alice").post(url(place, "reply"), body, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")


def test_release_gives_the_customer_back_to_the_agent_which_answers_what_is_open():
    place = conversation()
    alice = browser("alice")
    post(alice, place, "claim")
    write(place, "And shipping?")
    released = post(alice, place, "release")
    assert (released.status_code, released.json()["conversation"]["state"]) == (200, "bot")
    assert Run.objects.filter(conversation=place.conversation, state="active").exists()
    assert post(alice, place, "release").status_code == 409


def test_a_colleagues_claim_is_theirs_to_end():
    place = conversation()
    post(browser("alice"), place, "claim")
    bob = browser("bob")
    for action in ("release", "close"):
        refused = post(bob, place, action)
        assert (refused.status_code, refused.json()["assignee"]["name"]) == (409, "Alice")
    assert state_of(place) == ("human", "alice")
    # Somebody must be able to when Alice has gone home.
    assert post(browser("rita"), place, "release").status_code == 200
    assert state_of(place) == ("bot", None)


def test_anybody_releases_what_waits_in_the_queue():
    place = conversation()
    actions.request_handoff(place.conversation, "customer_request")
    assert post(browser("bob"), place, "release").status_code == 200
    assert state_of(place) == ("bot", None)


def test_close_ends_the_claim_and_the_customer_reopens():
    place = conversation()
    alice = browser("alice")
    post(alice, place, "claim")
    assert post(alice, place, "close").json()["conversation"]["state"] == "closed"
    assert state_of(place) == ("closed", None)
    assert post(alice, place, "claim").status_code == 409
    write(place, "One more thing")
    assert state_of(place) == ("bot", None)


def test_messages_come_in_order_after_a_position():
    place = conversation("one", "two", "three")
    alice = browser("alice")
    page = alice.get(url(place, "messages"), {"after": 1}).json()
    assert ([row["text"] for row in page["results"]], page["last_seq"]) == (["two", "three"], 3)
    for after in ("-1", "x", "1.5", "²", "9" * 30):
        assert alice.get(url(place, "messages"), {"after": after}).status_code == 400


def test_details_tell_staff_what_customers_never_see():
    place = conversation(name="<b>Carla</b>")
    earlier = conversation()
    Conversation.objects.filter(id=earlier.conversation).update(customer=place.customer)
    actions.request_handoff(place.conversation, "missing_knowledge")
    alice = staff("alice")
    actions.claim(place.conversation, alice)
    details = browser("bob").get(url(place, "details")).json()
    assert details["holder"] == {"id": alice.pk, "name": "Alice"}
    assert (details["is_mine"], details["escalation_reason"]) == (False, "missing_knowledge")
    assert details["customer"]["name"] == "<b>Carla</b>"
    assert [row["url"] for row in details["customer"]["earlier"]] == [url(earlier)]
