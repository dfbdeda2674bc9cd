"""Human agents see what is remembered, and correct it."""

import pytest

from agents.memory import SLOTS, VALUE_CHARACTERS
from support.memory import records
from support.models import ConversationMemory, Spending
from tests.support.console_cast import browser, conversation, post, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return conversation("Where is order 10023?")


def memory_of(answer) -> dict:
    assert answer.status_code == 200, answer.content
    return answer.json()["memory"]


def test_nothing_yet(place):
    memory = memory_of(browser("alice").get(url(place, "details")))
    assert (memory["summary"], memory["slots"]) == ("", [])
    assert [one["name"] for one in memory["names"]] == list(SLOTS)


def test_summary_and_slots(place):
    slots = {"order": {"value": "10023", "seq": 1, "by": "customer"}, "name": {"value": "", "seq": 1, "by": "human"}}
    ConversationMemory.objects.create(conversation_id=place.conversation, summary="Hm.", summary_seq=1, slots=slots)
    memory = memory_of(browser("alice").get(url(place, "details")))
    assert (memory["summary"], memory["summary_seq"]) == ("Hm.", 1)
    assert memory["slots"] == [{"name": "order", "label": "Order number", "value": "10023", "seq": 1, "by": "customer"}]


def test_setting_and_deleting(place):
    """Red when `forget` leaves the slot."""
    alice = browser("alice")
    [slot] = memory_of(post(alice, place, "remember", fact="order", value="10024"))["slots"]
    assert (slot["value"], slot["by"]) == ("10024", "human")
    assert memory_of(post(alice, place, "forget", fact="order"))["slots"] == []
    assert records.of(place.conversation).slots["order"]["value"] == ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"fact": "sub", "value": "admin"}, "There is no fact"),
        ({"fact": "order", "value": ""}, "must not be empty"),
        ({"fact": "order"}, "must be a string"),
        ({"fact": "order", "value": "x" * (VALUE_CHARACTERS + 1)}, "the limit is 120"),
        ({"fact": "order", "value": "a\x00"}, "NUL"),
        ({"value": "1"}, "fact"),
    ],
    ids=["unknown", "empty", "missing", "long", "nul", "nameless"],
)
def test_what_is_refused(place, body, problem):
    """Red when `correct` checks nothing: a slot `sub` would look like an identity."""
    answer = post(browser("alice"), place, "remember", **body)
    assert answer.status_code == 400
    assert problem in answer.json()["detail"]
    assert not ConversationMemory.objects.exists()


def test_the_longest_value(place):
    memory = memory_of(post(browser("alice"), place, "remember", fact="order", value="x" * VALUE_CHARACTERS))
    assert memory["slots"][0]["value"] == "x" * VALUE_CHARACTERS


@pytest.mark.parametrize("name", ["remember", "forget"])
def test_who_may_not(place, name):
    """Red when the endpoint asks for no permission."""
    assert post(browser("ed"), place, name, fact="order", value="1").status_code == 403
    assert not ConversationMemory.objects.exists()


def test_what_it_has_cost(place, settings):
    settings.MODEL_DAY_TOKENS, settings.MODEL_CONVERSATION_TOKENS = 5000, 0
    Spending.objects.create(inbox_id=place.inbox, conversation_id=place.conversation, tokens=95, cost="0.25")
    Spending.objects.create(inbox_id=place.inbox, tokens=5, cost="0.5")
    spending = browser("alice").get(url(place, "details")).json()["spending"]
    assert spending == {
        "conversation": {"tokens": 95, "cost": 0.25, "max_tokens": 0, "max_cost": 0.0},
        "today": {"tokens": 100, "cost": 0.75, "max_tokens": 5000, "max_cost": 0.0},
    }
