"""Who asked for a person while nobody was there is not forgotten: human agents see them until one has seen to them."""

import json

import pytest

from config.common import redis
from config.common.audit.models import Entry
from sessions_app.models import ApiKey, Inbox
from support import actions, context, queries
from support import missed as settling
from support.models import Conversation
from support.webhooks.models import Webhook, WebhookEvent
from tests.support.console_cast import browser, conversation, post, staff, write
from tests.support.conversations import active_run

pytestmark = pytest.mark.django_db


def closed_inbox(*, is_open=False):
    Inbox.objects.update(opening_hours={} if is_open else {"mon": []})


@pytest.fixture
def missed():
    """A conversation in which the customer asked for a person at night."""
    place = conversation("Is anybody there?")
    closed_inbox()
    actions.request_handoff(place, "")
    return place


def at_hand():
    """The ids in the queue, and whether each was missed."""
    return {row["id"]: row["missed_at"] is not None for row in queries.waiting(staff("rita"))}


def told(place):
    """What the agent gets to know."""
    run = active_run(place)
    assert run is not None
    return context.load(run)


def test_it_is_in_the_queue_though_the_agent_goes_on(missed):
    """Red when `hand_off` does not note it."""
    assert at_hand() == {str(missed.conversation): True}
    assert Conversation.objects.get().state == "bot"


def test_it_is_still_there_once_it_was_closed(missed):
    """Red when closing clears it: a customer leaves an address, and closes."""
    actions.close(missed.conversation)
    assert at_hand() == {str(missed.conversation): True}


def test_asking_again_does_not_move_it_back(missed):
    """Red when `hand_off` does not keep the first moment."""
    Conversation.objects.update(missed_at="2020-01-01T00:00:00Z")
    actions.request_handoff(missed, "")
    assert Conversation.objects.get().missed_at.year == 2020


def test_whoever_queues_in_opening_hours_waits_and_is_not_missed(missed):
    closed_inbox(is_open=True)
    actions.request_handoff(missed, "")
    assert at_hand() == {str(missed.conversation): False}


def test_a_claim_sees_to_it(missed):
    """Red when `claim` leaves the mark."""
    actions.claim(missed.conversation, staff("alice"))
    actions.release(missed.conversation, "nobody")
    assert at_hand() == {}


def test_the_console_is_told_of_it():
    """Red when `queue_mark` does not count the missed ones."""
    place = conversation("Is anybody there?")
    closed_inbox()
    before = queries.queue_mark()
    actions.request_handoff(place, "")
    assert queries.queue_mark() != before


def test_it_is_taken_care_of_once(missed):
    """Also when it is closed. Red when `settle` does not write into the audit trail."""
    actions.close(missed.conversation)
    alice = browser("alice")
    assert alice.get(f"/admin/support/conversation/{missed.conversation}/details/").json()["missed_at"]
    for _ in range(2):
        settled = post(alice, missed, "settle")
        assert (settled.status_code, settled.json()["missed_at"]) == (200, None)
    assert at_hand() == {}
    settled = Entry.objects.filter(action="conversation.settled")
    assert settled.values_list("object_id", flat=True).get() == str(missed.conversation)


def test_those_who_follow_are_told_of_both_ends():
    """Red when `hand_off` or `settle` does not `show_again`, or when the second time is told of as well."""
    place = conversation("Is anybody there?")
    closed_inbox()
    begun = actions.request_handoff(place, "")
    ended, again = (settling.settle(place.conversation, staff("alice")) for _ in range(2))
    assert [change.state_changed for change in (begun, ended, again)] == [True, True, False]
    assert [change.view["missed_at"] is None for change in (begun, ended)] == [False, True]
    assert begun.conversation.version + 1 == ended.conversation.version == again.conversation.version
    assert (begun.conversation.state, ended.conversation.epoch) == ("bot", begun.conversation.epoch)


def test_taken_care_of_wakes_other_processes(missed):
    """Those that show the conversation, and those that show the queue. Red when the console's button does not `perform_sync` it."""
    with redis.client().pubsub(ignore_subscribe_messages=True) as line:
        line.psubscribe("rw.default*")
        line.get_message(timeout=5)
        post(browser("alice"), missed, "settle")
        woken = {line.get_message(timeout=5)["channel"].decode().rpartition("__")[2] for _ in range(2)}
    assert woken == {f"conv.{missed.conversation}", "queue"}


def test_webhooks_are_told(missed):
    """Red when `settle` does not `finish`."""
    Webhook.objects.create(url="https://crm.example.com/", types=["conversation.updated"], every_inbox=True)
    settling.settle(missed.conversation, staff("alice"))
    assert json.loads(WebhookEvent.objects.get().body)["data"]["missed_at"] is None


def test_an_editor_may_not(missed):
    assert post(browser("ed"), missed, "settle").status_code == 403
    assert at_hand() == {str(missed.conversation): True}


def test_those_who_wait_come_before_those_with_a_person_and_these_before_the_missed(missed):
    """Red when rows without `queued_at` are ordered by the latest change alone."""
    closed_inbox(is_open=True)
    held, queued = conversation("Held"), conversation("Queued")
    actions.claim(held.conversation, staff("alice"))
    actions.request_handoff(queued, "")
    write(missed, "My address is carla@example.com")
    order = [row["id"] for row in queries.waiting(staff("rita"))]
    assert order == [str(place.conversation) for place in (queued, held, missed)]


def test_the_agent_knows_of_it(missed):
    """Red when `context.load` leaves `missed` out."""
    write(missed, "My address is carla@example.com")
    assert told(missed).missed
    actions.claim(missed.conversation, staff("alice"))
    actions.release(missed.conversation, "nobody")
    write(missed, "Hello?")
    assert not told(missed).missed


def test_the_home_page_counts_them(missed):
    """Red when `queue_counts` leaves them out, or the page does."""
    assert 'data-testid="home-missed">1 found nobody there<' in browser("alice").get("/admin/").content.decode()
    actions.claim(missed.conversation, staff("alice"))
    assert "home-missed" not in browser("alice").get("/admin/").content.decode()


def test_integrations_see_and_find_them(client, missed):
    """Red when `conversation` leaves `missed_at` out, or the list does not ask for it."""
    other = conversation("Hello?")
    _, key = ApiKey.issue("CRM", ["conversations:read"])

    def listed(**query):
        answer = client.get("/api/v1/conversations", query, headers={"Authorization": f"Api-Key {key}"})
        return {row["id"]: row["missed_at"] for row in answer.json()["results"]}

    at = Conversation.objects.get(pk=missed.conversation).missed_at.isoformat().replace("+00:00", "Z")
    assert listed() == {str(missed.conversation): at, str(other.conversation): None}
    assert listed(missed="true") == {str(missed.conversation): at}
    assert listed(missed="false") == {str(other.conversation): None}
    answer = client.get("/api/v1/conversations?missed=yes", headers={"Authorization": f"Api-Key {key}"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "missed")
