"""The whole way, with real processes: a customer writes, a worker delivers, is killed, and another goes on."""

import threading
from types import SimpleNamespace

import pytest

from tests.fakes.receiver import Answer, Receiver
from tests.webhooks.signatures import verified

REACHABLE = {"FETCH_ALLOWED_NETWORKS": "127.0.0.2"}


@pytest.fixture(scope="module")
def delivering(live):
    """A web process and a worker that may reach the receivers."""
    web = live.start_web(**REACHABLE)
    stack = SimpleNamespace(web=web, worker=live.start_webhook_worker(**REACHABLE))
    web.wait_ready()
    yield stack
    stack.worker.kill()
    web.kill()
    live.webs.remove(web)


@pytest.fixture
def api(live, delivering):
    """A client with the demo API key; its webhooks are gone afterwards."""
    with live.integration(delivering.web) as client:
        yield client
        for row in client.get("/api/v1/webhooks").json()["results"]:
            client.delete(f"/api/v1/webhooks/{row['id']}")


@pytest.fixture
def receiver():
    with Receiver() as server:
        yield server


def subscribe(api, receiver, *types):
    """A webhook that leads to the receiver: its id and its secret."""
    made = api.post("/api/v1/webhooks", json={"url": receiver.url, "types": list(types)})
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["secret"]


def test_a_question_and_its_answer_are_delivered(live, delivering, api, receiver):
    _, secret = subscribe(api, receiver)
    customer = live.customer(delivering.web)
    customer.send("How do I start it?", wait=30)
    received = receiver.wait(4)
    assert receiver.types() == ["conversation.created", "message.created", "message.created", "run.completed"]
    assert all(verified(secret, request) for request in received)
    assert [request.json["data"] for request in received[1:3]] == customer.messages()
    assert {request.json["conversation_id"] for request in received} == {customer.conversation}
    api.post(f"/api/v1/conversations/{customer.conversation}/handoff", json={})
    queued = next(request for request in receiver.wait(7) if request.json["type"] == "conversation.queued")
    shown = api.get(f"/api/v1/conversations/{customer.conversation}").json()
    # Others may have joined or left the queue since.
    assert queued.json["data"] | {"queue_position": None} == shown | {"queue_position": None}


def test_a_slow_receiver_holds_up_nobody_else(live, delivering, api, receiver):
    """Red when THREADS is one thread."""
    over = threading.Event()
    with Receiver() as slow:
        slow.answer = Answer(wait=over)
        try:
            subscribe(api, slow, "message.created")
            customer = live.customer(delivering.web)
            customer.send("One")
            slow.wait(1)  # and has no answer yet
            subscribe(api, receiver, "message.created")
            customer.send("Two")
            receiver.wait(1)
            assert len(slow.received) == 1
        finally:
            over.set()


def test_an_attempt_in_which_the_worker_is_killed_is_made_again(live, delivering, api, receiver):
    """Its lease runs out, and another worker goes on under the same webhook-id."""
    over = threading.Event()
    receiver.script = [Answer(wait=over)]
    webhook, secret = subscribe(api, receiver, "message.created")
    live.customer(delivering.web).send("Hello?")
    receiver.wait(1)
    delivering.worker.kill()
    over.set()
    delivering.worker = live.start_webhook_worker(**REACHABLE)
    # The dead worker's lease, and the pause before the next attempt, are over; nobody is nudged.
    live.rows("UPDATE support_webhookdelivery SET next_at = now() WHERE webhook_id = %s AND attempts = 1", webhook)
    live.rows("UPDATE support_webhook SET lane_until = now() WHERE id = %s", webhook)
    first, second = receiver.wait(2)[:2]
    assert (first.id, first.body) == (second.id, second.body)
    assert verified(secret, second)


def test_a_lost_nudge_costs_some_seconds_and_no_event(live, delivering, api, receiver):
    """Red when beat has no "webhooks" in its schedule. As if the process had died right after its commit."""
    webhook, _ = subscribe(api, receiver, "article.updated")
    live.rows(
        "WITH event AS (INSERT INTO support_webhookevent (id, type, body)"
        " VALUES (gen_random_uuid(), 'webhook.test', '{\"type\": \"lost\"}') RETURNING id)"
        " INSERT INTO support_webhookdelivery (event_id, webhook_id, state) SELECT id, %s, 'pending' FROM event",
        webhook,
    )
    assert [request.json["type"] for request in receiver.wait(1, seconds=30)] == ["lost"]
