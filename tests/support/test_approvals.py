"""What needs a human agent's approval: it stands in their queue, and the customer cannot give it."""

import json
import uuid

import httpx2
import pytest

from tests.fakes.model import Say

pytestmark = pytest.mark.asyncio


@pytest.fixture
def invoice(live):
    """The model asks to refund an invoice, which is also what it is scripted for."""
    name = f"inv-{uuid.uuid4().hex[:12]}"
    arguments = json.dumps({"invoice": name, "amount": 12.5})
    live.model.script(name, Say(tool=("refund", arguments)), Say(pieces=("It is ", "refunded.")))
    return name


class Console:
    """A member of staff who is signed in."""

    def __init__(self, live, who: str):
        account = live.demo[who]
        self._http = httpx2.Client(base_url=live.webs[0].url, timeout=30)
        self._http.get("/admin/login/")
        form = {"username": account["username"], "password": account["password"], **self._token("csrfmiddlewaretoken")}
        assert self._http.post("/admin/login/", data=form).status_code == 302

    def _token(self, name: str) -> dict:
        return {name: self._http.cookies["csrftoken"]}

    def post(self, customer, verdict: str, action: str):
        path = f"/admin/support/conversation/{customer.conversation}/{verdict}/"
        return self._http.post(path, json={"action": action}, headers=self._token("X-CSRFToken"))


async def pending(live, customer, line, invoice) -> dict:
    await line.ask(f"Please refund {invoice}")
    question = await line.message(role="assistant")
    assert question["text"] == f"A colleague has to approve this first: Refund 12.5 for invoice {invoice}"
    (action,) = customer.http.get(f"/api/v1/conversations/{customer.conversation}").json()["actions"]
    assert (action["by"], action["outcome"]) == ("human_agent", None)
    return action


async def test_a_colleague_approves(live, shop, invoice):
    customer, human = live.customer(), Console(live, "human_agent")
    async with customer.socket() as line:
        action = await pending(live, customer, line, invoice)
        assert shop.done(invoice) == []
        approved = human.post(customer, "approve", action["action"])
        assert (approved.status_code, approved.json()["conversation"]["state"]) == (200, "bot")
        assert (await line.message(role="assistant"))["text"] == "It is refunded."
        assert "action.requested" not in {frame["type"] for frame in line.seen}
    assert [effect["amount"] for effect in shop.done(invoice)] == [12.5]
    (row,) = live.rows("SELECT decided_by_id FROM support_action WHERE id = %s", action["action"])
    assert row["decided_by_id"] is not None


async def test_a_colleague_declines(live, shop, invoice):
    customer, human = live.customer(), Console(live, "human_agent")
    async with customer.socket() as line:
        action = await pending(live, customer, line, invoice)
        assert human.post(customer, "refuse", action["action"]).status_code == 200
        assert human.post(customer, "approve", action["action"]).status_code == 409
        assert (await line.until("action.resolved"))["outcome"] == "declined"
    assert shop.done(invoice) == []


async def test_the_customer_cannot_approve(live, shop, invoice):
    """Red when `tool_actions._lock` does not look at the risk class."""
    customer = live.customer()
    async with customer.socket() as line:
        action = await pending(live, customer, line, invoice)
        assert customer.http.post(f"/api/v1/actions/{action['action']}/confirm").status_code == 409
        await line.send({"type": "action.confirm", "action": action["action"]})
        assert (await line.until("error"))["code"] == "conflict"
    assert shop.done(invoice) == []


async def test_who_may_approve(live, shop, invoice):
    """Editors may not, and nobody may for another conversation. Red when `endpoint` asks for no permission."""
    customer, other = live.customer(), live.customer()
    other.send("Hello", wait=20)
    async with customer.socket() as line:
        action = await pending(live, customer, line, invoice)
        assert Console(live, "editor").post(customer, "approve", action["action"]).status_code == 403
        human = Console(live, "human_agent")
        assert human.post(other, "approve", action["action"]).status_code == 404
        assert human.post(customer, "approve", "nonsense").status_code == 400
    assert shop.done(invoice) == []


async def test_a_colleague_cannot_confirm_for_the_customer(live, shop):
    item = f"tea-{uuid.uuid4().hex[:12]}"
    live.model.script(item, Say(tool=("place_order", json.dumps({"item": item}))))
    customer, human = live.customer(), Console(live, "human_agent")
    async with customer.socket() as line:
        await line.ask(f"Please order {item}")
        request = await line.until("action.requested")
        assert human.post(customer, "approve", request["action"]).status_code == 409
    assert shop.done(item) == []
