"""What a customer's socket promises beyond a question and its answer."""

import asyncio
import dataclasses
import time
import uuid

import httpx2
import pytest

from sessions_app import tokens
from tests.fakes.model import Say


async def test_resume_sends_exactly_what_is_missing(live):
    customer = live.customer()
    for number in range(3):
        customer.send(f"Question {number}", wait=20)
    everything = customer.messages()
    async with customer.socket(after=2) as line:
        assert line.ready["last_seq"] == len(everything)
        assert line.ready["reset"] is False
        got = [await line.message() for _ in everything[2:]]
    assert got == everything[2:]


async def test_a_position_beyond_the_end_is_a_reset(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    async with customer.socket(after=10_000) as line:
        assert line.ready["reset"] is True


async def test_two_sockets_see_the_same(live):
    customer = live.customer()
    other_web = live.webs[0]
    async with customer.socket() as one, customer.socket(web=other_web) as two:
        await one.ask("How do I start it?")
        assert await one.message(role="assistant") == await two.message(role="assistant")


async def test_a_duplicate_gets_the_first_ones_answer(live):
    async with live.customer().socket() as line:
        client_id = await line.ask("Once")
        first = await line.until("message.ack")
        await line.message(role="assistant")
        await line.ask("Twice", client_id)
        assert await line.until("message.ack") == first


async def test_a_burst_is_answered_once(live):
    marker = uuid.uuid4().hex
    first = Say(pieces=("Too ", "early."), pause=0.5)
    live.model.script(marker, first, Say(pieces=("Both ", "at once ", "[1].")))
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(f"{marker} one")
        started = await line.until("answer.started")
        await asyncio.to_thread(first.reached.wait, 10)
        await line.ask(f"{marker} two")
        cancelled = await line.until("answer.cancelled")
        assert (cancelled["run"], cancelled["reason"]) == (started["run"], "superseded")
        answer = await line.message(role="assistant")
    assert answer["text"].startswith("Both")
    question = live.model.calls(marker)[-1]["messages"][-1]["content"]
    assert f"{marker} one\n{marker} two" in question


async def test_a_late_joiner_gets_the_answer_from_its_beginning(live):
    marker = uuid.uuid4().hex
    say = Say(pieces=("Slowly ", "but ", "surely."), pause=0.4)
    live.model.script(marker, say)
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(marker)
        await line.until("answer.delta")
        async with customer.socket() as late:
            delta = await late.until("answer.delta")
            assert delta["offset"] == 0
            assert delta["text"].startswith("Slowly")
            assert (await late.message(role="assistant"))["text"] == "Slowly but surely."


async def test_stop_ends_the_answer(live):
    marker = uuid.uuid4().hex
    live.model.script(marker, Say(pieces=("A ", "very ", "long ", "story"), pause=2))
    async with live.customer().socket() as line:
        await line.ask(marker)
        run = (await line.until("answer.delta"))["run"]
        await line.send({"type": "answer.stop", "run": run})
        assert (await line.until("answer.cancelled", run=run))["reason"] == "stopped"
        assert (await line.message())["notice"] == "stopped"


async def test_rating_is_told_to_every_socket(live):
    customer = live.customer()
    customer.send("How do I start it?", wait=20)
    answer = customer.messages()[-1]
    async with customer.socket(after=2) as one, customer.socket(after=2) as two:
        await one.send({"type": "message.rate", "message_id": answer["id"], "rating": "up", "comment": "Thanks"})
        for line in (one, two):
            assert (await line.until("message.updated"))["message"]["rating"] == "up"


async def test_a_person_takes_over_replies_and_hands_back(live):
    customer, staff = live.customer(), live.integration()
    username = live.demo["human_agent"]["username"]
    path = f"/api/v1/conversations/{customer.conversation}"
    async with customer.socket() as line:
        await line.ask("How do I start it?")
        await line.message(role="assistant")
        await line.send({"type": "handoff.request"})
        assert (await line.message())["notice"] == "queued"
        assert (await line.until("conversation.updated"))["conversation"]["state"] == "queued"
        claimed = await asyncio.to_thread(staff.post, f"{path}/claim", json={"human_agent": username})
        assert claimed.json()["state"] == "human"
        assert (await line.message())["notice"] == "claimed"
        body = {"client_id": str(uuid.uuid4()), "text": "Hello!", "last_seen_seq": 99, "human_agent": username}
        assert (await asyncio.to_thread(staff.post, f"{path}/replies", json=body)).status_code == 201
        reply = await line.message(role="human")
        assert reply["text"] == "Hello!"
        assert username not in str(reply)
        await line.ask("Thank you")
        await line.until("message.ack")
        await asyncio.to_thread(staff.post, f"{path}/release")
        assert (await line.message(role="system"))["notice"] == "released"
        assert (await line.message(role="assistant"))["engine"] == "llm"


async def test_ending_the_session_closes_its_sockets(live):
    customer = live.customer()
    async with customer.socket() as line:
        await asyncio.to_thread(customer.http.delete, f"/api/v1/sessions/{customer.session['id']}")
        assert await line.closed(5) == 4500
    assert customer.http.get(f"/api/v1/sessions/{customer.session['id']}").status_code == 401


async def test_a_new_token_is_taken_on_the_live_socket(live):
    customer = live.customer()
    async with customer.socket() as line:
        refresh = f"/api/v1/sessions/{customer.session['id']}/refresh"
        token = (await asyncio.to_thread(customer.http.post, refresh)).json()["token"]
        assert token != customer.session["token"]
        await line.send({"type": "session.resume", "token": token, "after": 0})
        assert (await line.until("session.ready"))["last_seq"] == 0
        other = await asyncio.to_thread(live.customer)
        await line.send({"type": "session.resume", "token": other.session["token"], "after": 0})
        assert await line.closed() == 4500


def until(token: str, expires_at: int) -> str:
    """That token, but for its end (seconds since the epoch)."""
    claims = tokens.read(token)
    return tokens.sign(dataclasses.replace(claims, issued_at=expires_at - tokens.LIFETIME_SECONDS))


async def test_a_socket_ends_with_its_token(live):
    """Red when `_expire_later` is not called for the first token, or not for the next one."""
    customer = live.customer()
    token, end = customer.session["token"], int(time.time()) + 2
    customer.session |= {"token": until(token, end)}
    async with customer.socket() as idle, customer.socket() as refreshed:
        await refreshed.send({"type": "session.resume", "token": until(token, end + 1), "after": 0})
        assert await idle.closed(5) == 4001
        assert await refreshed.closed(5) == 4001
        assert time.time() >= end + 1


async def test_typing_is_told_to_the_others_only(live):
    customer = live.customer()
    async with customer.socket() as one, customer.socket() as two:
        await one.send({"type": "typing", "active": True})
        assert await two.until("typing") == {"type": "typing", "role": "customer", "active": True}
        await one.send({"type": "heartbeat", "seq": 0})
        await one.until("heartbeat")
    assert "typing" not in [frame["type"] for frame in one.seen]


async def test_a_heartbeat_that_lags_is_sent_what_it_lacks(live):
    customer = live.customer()
    customer.send("Hello", wait=20)
    async with customer.socket() as line:
        first = await line.message()
        await line.message()
        # What was sent a moment ago may still be on its way: only an old gap is a gap.
        async with asyncio.timeout(15):
            while True:
                await line.send({"type": "heartbeat", "seq": 0})
                await line.until("heartbeat")
                if [f["message"]["seq"] for f in line.seen if f["type"] == "message.created"].count(1) == 2:
                    break
                await asyncio.sleep(0.3)
        assert first["seq"] == 1


@pytest.mark.parametrize("path", ["ws/nope", "nope"])
async def test_a_path_without_a_socket_closes(live, path):
    import websockets

    async with websockets.connect(f"ws://127.0.0.1:{live.webs[0].port}/{path}") as raw:
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(raw.recv(), 10)


def test_livez_answers_while_sockets_are_open(live):
    assert httpx2.get(f"{live.webs[0].url}/livez").json() == {"status": "ok"}
