"""The REST endpoints of sessions, conversations and messages."""

import json
import time
import uuid

import jwt
import pytest

from tests.example_client import ApiError, Customer, Integration
from tests.fakes.model import Say


def example(live) -> Customer:
    """A new customer, with the client that docs/api.md shows."""
    return Customer.start(live.webs[0].url, live.demo["inbox_key"])


def identity(live, sub=None, **claims):
    payload = {"sub": sub or uuid.uuid4().hex, "exp": int(time.time()) + 600} | claims
    return jwt.encode(payload, live.demo["identity_secret"], "HS256")


def test_a_reserved_conversation_has_no_messages_yet(live):
    customer = live.customer()
    shown = customer.http.get(f"/api/v1/conversations/{customer.conversation}").json()
    assert (shown["state"], shown["last_seq"], shown["queue_position"]) == ("bot", 0, None)
    listed = customer.http.get(f"/api/v1/conversations/{customer.conversation}/messages").json()
    assert listed == {"results": [], "last_seq": 0}


@pytest.mark.parametrize("slash", ["", "/"])
def test_routes_answer_with_and_without_a_trailing_slash(live, slash):
    customer = live.customer()
    assert customer.http.get(f"/api/v1/conversations/{customer.conversation}{slash}").status_code == 200


def test_sending_waits_for_the_answer_when_asked_to(live):
    sent = example(live).send("How do I start it?", wait=30)
    assert sent["message"]["seq"] == 1
    assert [reply["role"] for reply in sent["replies"]] == ["assistant"]


def test_sending_does_not_wait_when_no_agent_will_answer(live):
    customer = live.customer()
    customer.http.post(f"/api/v1/conversations/{customer.conversation}/handoff", json={})
    started = time.monotonic()
    assert customer.send("Anybody there?", wait=30)["replies"] == []
    assert time.monotonic() - started < 10


def test_waiting_ends_with_its_time(live):
    marker = uuid.uuid4().hex
    live.model.script(marker, Say(pieces=("Slow ", "answer"), pause=4))
    assert live.customer().send(marker, wait=1)["replies"] == []


def test_a_wait_covers_the_run_that_superseded(live):
    marker = uuid.uuid4().hex
    live.model.script(marker, Say(pieces=("Early ", "words"), pause=30), Say(pieces=("Both [1].",)))
    customer = live.customer()
    path = f"/api/v1/conversations/{customer.conversation}/messages"
    with customer.http.stream(
        "POST", f"{path}?wait=30", json={"client_id": str(uuid.uuid4()), "text": f"{marker} one"}
    ) as first:
        assert first.status_code == 201
        live_client = live.http(Authorization=customer.http.headers["Authorization"])
        live_client.post(path, json={"client_id": str(uuid.uuid4()), "text": f"{marker} two"})
        body = json.loads(first.read())
    assert [reply["text"] for reply in body["replies"]] == ["Both [1]."]


def test_the_same_client_id_is_the_same_message(live):
    customer = live.customer()
    path = f"/api/v1/conversations/{customer.conversation}/messages"
    body = {"client_id": str(uuid.uuid4()), "text": "Once"}
    first, again = customer.http.post(path, json=body), customer.http.post(path, json=body | {"text": "Twice"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_messages_are_paged_by_seq(live):
    customer = live.customer()
    for number in range(3):
        customer.send(f"Question {number}", wait=20)
    path = f"/api/v1/conversations/{customer.conversation}/messages"
    page = customer.http.get(f"{path}?after=2&limit=2").json()
    assert [message["seq"] for message in page["results"]] == [3, 4]
    assert page["last_seq"] == 6


def test_events_are_the_sockets_frames(live):
    customer = example(live)
    customer.send("Hello", wait=20)
    for after, expected in ((0, [1, 2]), (1, [2])):
        durable = (event for event in customer.events(after) if event.seq)
        seen = [next(durable) for _ in expected]
        assert [event.seq for event in seen] == expected
        assert {event.frame["type"] for event in seen} == {"message.created"}


def test_a_refreshed_session_keeps_its_conversation_and_the_old_token_for_a_while(live):
    customer = live.customer()
    path = f"/api/v1/sessions/{customer.session['id']}"
    first, again = customer.http.post(f"{path}/refresh").json(), customer.http.post(f"{path}/refresh").json()
    assert first["token"] == again["token"] != customer.session["token"]
    assert first["conversation_id"] == customer.conversation
    assert customer.http.get(path).status_code == 200


def test_an_earlier_token_leads_back_to_the_conversation(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    again = live.customer(previous_token=customer.session["token"])
    assert again.conversation == customer.conversation
    assert again.session["customer"]["id"] == customer.session["customer"]["id"]


def test_an_ended_sessions_token_leads_nowhere(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    assert customer.http.delete(f"/api/v1/sessions/{customer.session['id']}").status_code == 204
    assert customer.http.get(f"/api/v1/conversations/{customer.conversation}").status_code == 401
    assert live.customer(previous_token=customer.session["token"]).conversation != customer.conversation


def test_an_identified_customer_finds_their_open_conversation_everywhere(live):
    token = identity(live, name="Ada", email="ada@example.com")
    customer = live.customer(identity=token)
    customer.send("Hello", wait=20)
    elsewhere = live.customer(identity=token)
    assert elsewhere.conversation == customer.conversation
    assert elsewhere.session["customer"]["name"] == "Ada"
    assert elsewhere.session["customer"]["identified"] is True


def test_what_a_visitor_wrote_follows_them_when_they_sign_in(live):
    visitor = live.customer()
    visitor.send("Hello", wait=20)
    signed_in = live.customer(identity=identity(live), previous_token=visitor.session["token"])
    assert signed_in.conversation == visitor.conversation
    assert len(signed_in.messages()) == 2
    assert (
        visitor.http.get(f"/api/v1/conversations/{visitor.conversation}").json()["customer"]["identified"] is not True
    )


def test_one_identified_customer_never_gets_anothers_conversation(live):
    first = live.customer(identity=identity(live))
    first.send("Private", wait=20)
    second = live.customer(identity=identity(live), previous_token=first.session["token"])
    assert second.conversation != first.conversation
    assert second.http.get(f"/api/v1/conversations/{first.conversation}").status_code == 404


@pytest.mark.parametrize("bad", ["expired", "other secret", "no exp", "none"])
def test_a_bad_identity_is_refused(live, bad):
    payload = {"sub": "x", "exp": int(time.time()) + (600 if bad != "expired" else -60)}
    if bad == "no exp":
        del payload["exp"]
    secret = "another-secret-that-is-long-enough-32" if bad == "other secret" else live.demo["identity_secret"]
    token = jwt.encode(payload, "", "none") if bad == "none" else jwt.encode(payload, secret, "HS256")
    response = live.http().post("/api/v1/sessions", json={"inbox": live.demo["inbox_key"], "identity": token})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


def test_an_integration_lists_and_reads(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    staff = live.integration()
    page = staff.get("/api/v1/conversations?state=bot&page_size=1").json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert staff.get(f"/api/v1/conversations/{customer.conversation}").json()["last_seq"] == 2
    assert len(staff.get(f"/api/v1/conversations/{customer.conversation}/messages").json()["results"]) == 2


def test_a_stale_reply_gets_what_it_has_not_seen(live):
    customer, team = example(live), Integration(live.webs[0].url, live.demo["api_key"])
    customer.send("Hello", wait=20)
    username = live.demo["human_agent"]["username"]
    team.claim(customer.conversation, username)
    customer.send("One more thing")
    with pytest.raises(ApiError) as refused:
        team.reply(customer.conversation, username, "Hi", last_seen_seq=3)
    assert refused.value.status == 409
    assert [message["text"] for message in refused.value.problem["messages"]] == ["One more thing"]
    client_id = str(uuid.uuid4())
    sent, again = (team.reply(customer.conversation, username, "Hi", 4, client_id) for _ in range(2))
    assert sent == again
    assert team.release(customer.conversation)["state"] == "bot"
    assert team.close(customer.conversation)["state"] == "closed"


def test_rating_over_http(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    answer = customer.messages()[-1]
    rated = customer.http.post(f"/api/v1/messages/{answer['id']}/rating", json={"rating": "down", "comment": "No"})
    assert rated.json()["message"]["rating"] == "down"
    stranger = live.customer()
    assert stranger.http.post(f"/api/v1/messages/{answer['id']}/rating", json={"rating": "up"}).status_code == 404
