"""What the agent may not do unasked: it asks, and only a yes makes it happen, once."""

import asyncio
import json
import uuid

import pytest

from tests.fakes.model import Say

pytestmark = pytest.mark.asyncio


@pytest.fixture
def item():
    """A thing that this test alone orders; its name is also what the model is scripted for."""
    return f"tea-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def order(live, item):
    """The model asks to order the item, and then tells what came of it."""
    live.model.script(
        item,
        Say(tool=("place_order", json.dumps({"item": item, "quantity": 2}))),
        Say(pieces=("It is ", "ordered.")),
    )
    return f"Please order {item}"


async def asked(line) -> dict:
    return await line.until("action.requested")


async def test_a_yes_makes_it_happen_once(live, shop, item, order):
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        question = await line.message(role="assistant")
        request = await asked(line)
        assert request["title"] == f"Order 2 of {item}"
        assert request["arguments"] == {"item": item, "quantity": 2}
        assert (request["tool"], request["run"]) == ("place_order", question["run"])
        assert request["expires_at"] > question["created_at"]
        assert request["title"] in question["text"]
        assert shop.done(item) == []
        await line.send({"type": "action.confirm", "action": request["action"]})
        resolved = await line.until("action.resolved", action=request["action"])
        assert resolved["outcome"] == "confirmed"
        answer = await line.message(role="assistant")
    assert answer["text"] == "It is ordered."
    (effect,) = shop.done(item)
    assert effect["quantity"] == 2
    (told,) = [message for message in live.model.calls(item)[-1]["messages"] if message["role"] == "tool"]
    assert told["content"] == f"The shop has taken {item}."


async def test_fifty_yeses_at_once_are_one(live, shop, item, order):
    """Red when `tool_actions.confirm` does not look at the action's state."""
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        path = f"/api/v1/actions/{request['action']}/confirm"
        answers = await asyncio.gather(*(asyncio.to_thread(customer.http.post, path) for _ in range(50)))
        await line.message(role="assistant", text="It is ordered.")
    assert {(answer.status_code, answer.json()["outcome"]) for answer in answers} == {(200, "confirmed")}
    assert len(shop.done(item)) == 1
    assert len([call for call in shop.calls if call.get("item") == item]) == 1


async def test_a_no_is_final(live, shop, item, order):
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.decline", "action": request["action"]})
        assert (await line.until("action.resolved"))["outcome"] == "declined"
        await line.send({"type": "action.decline", "action": request["action"]})
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert (await line.until("error"))["code"] == "conflict"
    assert shop.done(item) == []


async def test_it_waits_for_nobody_who_is_not_asked(live, shop, item, order):
    """Red when queries.action_of_customer does not look at the customer."""
    customer, stranger = live.customer(), live.customer()
    async with customer.socket() as line, stranger.socket() as other:
        await line.ask(order)
        request = await asked(line)
        for verdict in ("confirm", "decline"):
            path = f"/api/v1/actions/{request['action']}/{verdict}"
            assert stranger.http.post(path).status_code == 404
            assert live.http().post(path).status_code == 401
            assert live.integration().post(path).status_code == 403
            await other.send({"type": f"action.{verdict}", "action": request["action"]})
            assert (await other.until("error"))["code"] == "not_found"
    (row,) = live.rows("SELECT state FROM support_action WHERE id = %s", request["action"])
    assert row["state"] == "pending"


async def test_a_request_is_still_there_after_a_reconnect(live, item, order):
    customer = live.customer()
    sent = customer.send(order, wait=20)
    assert [reply["role"] for reply in sent["replies"]] == ["assistant"]
    path = f"/api/v1/conversations/{customer.conversation}"
    (action,) = customer.http.get(path).json()["actions"]
    assert (action["by"], action["outcome"]) == ("customer", None)
    async with customer.socket(after=2) as line:
        assert (await asked(line))["action"] == action["action"]
        customer.http.post(f"/api/v1/actions/{action['action']}/decline")
        await line.until("action.resolved")
    async with customer.socket(after=2) as line:
        assert (await line.until("action.resolved"))["outcome"] == "declined"


async def test_too_late(live, shop, item, order):
    """Red when `tool_actions.confirm` does not look at the time, or nobody sweeps."""
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        live.rows("UPDATE support_action SET expires_at = now() WHERE id = %s", request["action"])
        refused = customer.http.post(f"/api/v1/actions/{request['action']}/confirm")
        assert refused.status_code == 409
        assert (await line.until("action.resolved"))["outcome"] == "expired"
    assert customer.http.post(f"/api/v1/actions/{request['action']}/confirm").status_code == 409
    assert shop.done(item) == []


@pytest.mark.parametrize("how", ["claim", "handoff", "close"])
async def test_people_take_over_and_the_request_is_void(live, shop, item, order, how):
    """Red when `actions.set_state` leaves actions as they are."""
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        body = {"human_agent": live.demo["human_agent"]["username"]} if how == "claim" else {}
        done = live.integration().post(f"/api/v1/conversations/{customer.conversation}/{how}", json=body)
        assert done.status_code == 200
        assert (await line.until("action.resolved"))["outcome"] == "cancelled"
        assert customer.http.post(f"/api/v1/actions/{request['action']}/confirm").status_code == 409
    assert shop.done(item) == []


async def test_a_newer_request_takes_the_place_of_one_that_waits(live, item, order):
    live.model.script(item, Say(tool=("place_order", json.dumps({"item": item}))))
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        first = await asked(line)
        await line.ask(f"Just one {item}")
        assert (await line.until("action.resolved", action=first["action"]))["outcome"] == "cancelled"
        second = await asked(line)
    assert second["arguments"]["quantity"] == 1


async def test_a_message_meanwhile_is_answered_after_it(live, shop, item, order):
    """Red when `receive_message` supersedes a run that acts, or `answer` does not start a run for what is left."""
    customer, hold, later = live.customer(), shop.hold(item), f"later{uuid.uuid4().hex}"
    live.model.script(later, Say(pieces=("And ", "that too.")))
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert await asyncio.to_thread(hold.reached.wait, 20)
        await line.ask(f"Are you there? {later}")
        await line.until("message.ack")
        hold.release.set()
        assert (await line.message(role="assistant"))["text"] == "It is ordered."
        assert (await line.message(role="assistant"))["text"] == "And that too."
        assert "superseded" not in {frame.get("reason") for frame in line.seen}
    assert len(shop.done(item)) == 1


async def test_a_claim_meanwhile_silences_the_agent_and_the_end_is_noted(live, shop, item, order):
    """Red when the call is part of the run's task."""
    customer, hold = live.customer(), shop.hold(item)
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert await asyncio.to_thread(hold.reached.wait, 20)
        body = {"human_agent": live.demo["human_agent"]["username"]}
        live.integration().post(f"/api/v1/conversations/{customer.conversation}/claim", json=body)
        assert (await line.until("answer.cancelled"))["reason"] == "taken_over"
        hold.release.set()
        await noted(live, request, "done")
    assert [message["notice"] for message in customer.messages()][-1] == "claimed"


async def noted(live, request: dict, state: str) -> None:
    """Until the action's row says so."""
    async with asyncio.timeout(20):
        while True:
            (row,) = live.rows("SELECT state, result FROM support_action WHERE id = %s", request["action"])
            if row["state"] == state:
                return
            await asyncio.sleep(0.05)


async def test_what_the_shop_refuses_is_told(live, shop, item, order):
    shop.refuses.add(item)
    live.model.script(
        item, Say(tool=("place_order", json.dumps({"item": item}))), Say(pieces=("The shop has none, sorry.",))
    )
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert (await line.message(role="assistant"))["text"] == "The shop has none, sorry."
    await noted(live, request, "failed")
    (told,) = [message for message in live.model.calls(item)[-1]["messages"] if message["role"] == "tool"]
    assert told["content"] == f"The tool failed: There is no {item}."


async def test_what_broke_off_is_for_a_human_to_look_at(live, shop, item, order):
    """Red when an outcome that nobody knows is given to the model."""
    shop.breaks.add(item)
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert (await line.message(role="system"))["notice"] == "queued"
    await noted(live, request, "unknown")
    query = "SELECT escalation_reason, escalation_note FROM support_conversation WHERE id = %s"
    (row,) = live.rows(query, customer.conversation)
    assert row["escalation_reason"] == "tool_failure"
    assert row["escalation_note"].startswith(f"Nobody knows whether this was done: Order 2 of {item}\n")


async def test_without_a_model_the_server_tells(live, shop, item, order):
    live.model.script(item, Say(tool=("place_order", json.dumps({"item": item}))), Say(status=500))
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        answer = await line.message(role="assistant")
    assert answer["text"] == f"Done: Order 1 of {item}\n\nThe shop has taken {item}."
    assert answer["engine"] == "extractive"


async def test_a_retry_of_the_telling_is_no_second_effect(live, shop, item, order):
    """The model breaks off while it tells. Red when `begin` begins what is done already."""
    live.model.script(
        item,
        Say(tool=("place_order", json.dumps({"item": item}))),
        Say(pieces=("It is ",), finish=None),
        Say(pieces=("It is ordered.",)),
    )
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(order)
        request = await asked(line)
        await line.send({"type": "action.confirm", "action": request["action"]})
        assert (await line.until("answer.cancelled"))["reason"] == "retrying"
        assert (await line.message(role="assistant"))["text"] == "It is ordered."
    assert len(shop.done(item)) == 1


async def test_secrets_are_shown_to_nobody_and_gone_afterwards(live, shop, item):
    arguments = {"account": item, "password": "hunter2-and-more"}
    live.model.script(item, Say(tool=("change_password", json.dumps(arguments))), Say(pieces=("Changed.",)))
    customer = live.customer()
    async with customer.socket() as line:
        await line.ask(f"New password for {item}")
        request = await asked(line)
        assert request["arguments"] == {"account": item, "password": "•••"}
        assert request["title"] == f"Change the password of {item} to •••"
        await line.send({"type": "action.confirm", "action": request["action"]})
        await line.message(role="assistant", text="Changed.")
        assert "hunter2" not in json.dumps(line.seen)
    assert shop.done(item)[0]["password"] == "hunter2-and-more"
    await noted(live, request, "done")
    kept = live.rows("SELECT a::text FROM support_action a WHERE id = %s", request["action"])
    kept += live.rows("SELECT c::text FROM agents_toolcall c WHERE tool = 'change_password'")
    assert len(kept) == 2
    assert "hunter2" not in str(kept)
