"""What webhooks are told: every type, as the API shows it, with the change or not at all."""

import json
import uuid
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.utils.encoders import JSONEncoder

from agents.turn import Escalate, Reply, Usage
from knowledge import ingestion
from knowledge.api import queries as knowledge_queries
from knowledge.audience import EVERYTHING
from knowledge.ingestion import Draft
from sessions_app.models import Customer, Inbox
from support import actions, queries, run_actions, shapes
from support.models import Message, WebhookDelivery, WebhookEvent
from support.webhooks.types import TYPES
from tests.support.conversations import OWNER, ask, conversation, new_human_agent, new_place

pytestmark = pytest.mark.django_db


def told(webhook=None) -> list[dict]:
    """The bodies of what was recorded, in the order of delivery."""
    rows = WebhookDelivery.objects.order_by("id").select_related("event")
    return [json.loads(row.event.body) for row in (rows.filter(webhook=webhook) if webhook else rows)]


def types(webhook=None) -> list[str]:
    return [body["type"] for body in told(webhook)]


def forget() -> None:
    WebhookEvent.objects.all().delete()


def seen(place) -> dict:
    """The conversation as the API shows it now."""
    return queries.view(queries.of_inboxes(place.conversation, None))


def answered(place, text="You get it within 14 days."):
    """The agent's reply to what the customer just asked."""
    run = ask(place).run
    reply = Reply(text=text, citations=(), passages=(), engine="extractive", answered=True, usage=Usage())
    return run_actions.answer(run.id, OWNER, reply, total_ms=5.0)


def test_a_first_message_begins_a_conversation(hook):
    hook()
    place = new_place()
    change = ask(place)
    created, message = told()
    assert created["type"] == "conversation.created"
    assert created["data"] == seen(place)
    assert message["type"] == "message.created"
    assert message["data"] == shapes.message(change.message)
    assert created["conversation_id"] == message["conversation_id"] == str(place.conversation)
    assert datetime.fromisoformat(message["timestamp"]) == change.message.created_at
    forget()
    ask(place)
    assert types() == ["message.created"]


def test_people_take_over_and_leave(hook):
    """Red when `_NAMED` forgets one of the notices."""
    hook()
    place, alice = new_place(), new_human_agent("alice", first_name="Alice")
    ask(place)
    for action, named in (
        (lambda: actions.request_handoff(place.conversation, ""), "conversation.queued"),
        (lambda: actions.claim(place.conversation, alice), "conversation.claimed"),
        (lambda: actions.release(place.conversation, OWNER), "conversation.released"),
        (lambda: actions.close(place.conversation), "conversation.closed"),
    ):
        forget()
        change = action()
        bodies = [body for body in told() if body["type"] != "run.completed"]
        assert [body["type"] for body in bodies] == [named, "conversation.updated", "message.created"]
        assert bodies[0]["data"] == bodies[1]["data"] == change.view == seen(place)
        forget()
    actions.close(place.conversation)
    assert types() == []
    ask(place)
    assert types() == ["conversation.updated", "message.created", "message.created"]


def test_an_answer_completes_its_run(hook):
    hook()
    place = new_place()
    change = answered(place)
    message, run = told()[-2:]
    assert message["data"] == shapes.message(change.message)
    assert run["type"] == "run.completed"
    assert run["data"]["id"] == str(change.message.run_id)
    assert (run["data"]["state"], run["data"]["reason"], run["data"]["total_ms"]) == ("finished", "answered", 5.0)


def test_a_run_that_hands_over_or_fails_is_completed_and_one_that_is_overtaken_is_not(hook):
    """Red when `_ENDS` has "superseded" in it, or lacks "escalated"."""
    hook(types=["run.completed"])
    place = new_place()
    ask(place)
    run = ask(place).run
    assert told() == []
    run_actions.escalate(run.id, OWNER, Escalate(reason="customer_request"))
    assert [body["data"]["reason"] for body in told()] == ["escalated"]
    other = new_place()
    run_actions.fail(ask(other).run.id, OWNER)
    assert [body["data"]["reason"] for body in told()] == ["escalated", "failed"]


def test_a_rating_comes_with_its_reason_and_the_answer(hook):
    place = new_place()
    message = answered(place).message
    hook()
    actions.rate(place.conversation, message.id, "down", "wrong", "It took a month.")
    [body] = told()
    assert body["type"] == "rating.created"
    assert body["data"] == {
        "rating": "down",
        "reason": "wrong",
        "comment": "It took a month.",
        "message": shapes.message(Message.objects.get(id=message.id)),
    }


def test_a_visitor_who_signs_in_takes_the_conversation_along(hook):
    place = new_place()
    ask(place)
    hook()
    known = Customer.objects.create(inbox_id=place.inbox, sub="c-1", name="Carla")
    actions.adopt(actions.lock(place.conversation), known)
    [body] = told()
    assert body["type"] == "conversation.updated"
    assert body["data"]["customer"]["name"] == "Carla"
    assert body["data"] == seen(place)


def test_articles_are_told_of_as_the_api_shows_them(hook):
    hook()
    article, _ = ingestion.save(Draft(title="Refunds", body="Within 14 days.", status="published"))
    [body] = told()
    assert body["type"] == "article.updated"
    assert "conversation_id" not in body
    shown = knowledge_queries.shape(knowledge_queries.find(article.pk, EVERYTHING))
    assert body["data"] == json.loads(json.dumps(shown, cls=JSONEncoder))
    ingestion.save(Draft(body="Within 14 days."), article)
    assert len(told()) == 1
    ingestion.save(Draft(body="Within 30 days."), article)
    assert told()[1]["data"]["version"] == 2


def test_every_type_there_is_was_told_above(hook):
    """Red when a type is added that nothing tells of."""
    hook()
    place, alice = new_place(), new_human_agent()
    message = answered(place).message
    actions.rate(place.conversation, message.id, "up")
    actions.request_handoff(place.conversation, "")
    actions.claim(place.conversation, alice)
    actions.release(place.conversation, OWNER)
    actions.close(place.conversation)
    ingestion.save(Draft(title="Refunds", body="Within 14 days."))
    assert set(types()) == set(TYPES)


def test_what_is_rolled_back_was_never_told(hook):
    """Red when events are written after the commit."""
    hook()
    place = new_place()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask(place)
        ingestion.save(Draft(title="Refunds", body="Within 14 days."))
        assert len(told()) == 3
        raise ZeroDivisionError
    assert not WebhookEvent.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_the_same_message_again_is_told_once(hook):
    hook(types=["message.created"])
    place, client_id = new_place(), uuid.uuid4()
    for _ in range(3):
        actions.receive_message(place, client_id, "Hello?", OWNER)
    assert types() == ["message.created"]


def test_a_webhook_is_told_of_the_types_it_has_chosen(hook):
    """Red when the statement does not look at types."""
    everything, _ = hook()
    closings, _ = hook(types=["conversation.closed", "rating.created"])
    place = new_place()
    ask(place)
    actions.close(place.conversation)
    assert types(closings) == ["conversation.closed"]
    assert len(types(everything)) == 5
    # Once for both.
    assert WebhookEvent.objects.filter(type="conversation.closed").count() == 1


def test_a_webhook_is_told_of_no_other_inbox(hook):
    """Red when `every_inbox OR EXISTS (…)` is left out of the statement."""
    here, there = new_place(), new_place()
    chosen, _ = hook(inboxes=[here.inbox])
    everything, _ = hook()
    ask(here)
    ask(there)
    assert {body["conversation_id"] for body in told(chosen)} == {str(here.conversation)}
    assert {body["conversation_id"] for body in told(everything)} == {str(here.conversation), str(there.conversation)}


def test_a_webhook_whose_inbox_was_deleted_is_told_of_nothing(hook):
    """Red when having no inboxes is taken for every inbox."""
    here, there = new_place(), new_place()
    chosen, _ = hook(inboxes=[here.inbox])
    Inbox.objects.get(id=here.inbox).delete()
    ask(there)
    assert types(chosen) == []


def test_a_webhook_of_an_inbox_is_told_of_the_articles_its_customers_may_read(hook):
    """Red when `_readers` returns all inboxes."""
    shop = Inbox.objects.create(name="Shop", tags=["shop"])
    chosen, _ = hook(inboxes=[shop.id])
    ingestion.save(Draft(title="Draft", body="x", tags=["shop"]))
    ingestion.save(Draft(title="Another's", body="x", status="published", tags=["bank"]))
    ingestion.save(
        Draft(title="Over", body="x", status="published", valid_until=datetime.fromisoformat("2020-01-01T00:00Z"))
    )
    ingestion.save(Draft(title="Everybody's", body="x", status="published"))
    ingestion.save(Draft(title="Ours", body="x", status="published", tags=["shop"]))
    assert [body["data"]["title"] for body in told(chosen)] == ["Everybody's", "Ours"]


def test_a_webhook_that_is_switched_off_is_told_of_nothing(hook):
    """Red when the statement does not look at `enabled`."""
    off, _ = hook(enabled=False)
    hook()
    ask(new_place())
    assert types(off) == []


def test_without_webhooks_a_message_takes_no_statement_more():
    """Red when `record` asks the database whether somebody listens."""
    place = new_place()
    ask(place)
    with CaptureQueriesContext(
        connection,
    ) as first:
        ask(place)
    assert not [
        query for query in first if "webhook" in query["sql"] and "INSERT INTO support_message" not in query["sql"]
    ]
    assert not WebhookEvent.objects.exists()


def test_with_webhooks_a_message_takes_one_statement_more_which_is_prepared(hook):
    """Red when `_events` looks at the conversation for a message, or the statement goes through Django's cursor."""
    place = new_place()
    ask(place)
    with CaptureQueriesContext(connection) as without:
        ask(place)
    hook()
    with CaptureQueriesContext(connection) as with_one:
        ask(place)
    assert len(with_one) == len(without)
    assert types() == ["message.created"]


def test_what_was_told_of_a_conversation_is_erased_with_it(hook):
    hook()
    place = new_place()
    ask(place)
    conversation(place).delete()
    assert not WebhookEvent.objects.exists()
