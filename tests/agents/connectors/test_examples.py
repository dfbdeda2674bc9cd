"""The example service and the tools for it, driven through the agent: CRM, billing, inventory, orders."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agents.agent import CustomerSupportAgent
from agents.connectors.models import HttpTool
from agents.turn import Who
from config.common import db
from tests.agents.test_tools_in_a_turn import QUESTION, tool_results
from tests.fakes.model import Say

ADA = Who(uuid.uuid4(), "cust-1", "Ada", "ada@example.org")


@pytest.fixture
def connected(knowledge, shop_service):
    out = StringIO()
    call_command("add_example_connectors", shop_service.url, stdout=out)
    return out.getvalue()


@pytest.fixture
def use(provider, marker, ask, refunds, connected):
    """Let the model call a tool for a customer; gives what the tool told it, or what is asked for."""

    async def called(tool, arguments=None, who=ADA):
        provider.script(marker, Say(tool=(tool, json.dumps(arguments or {}))), Say(pieces=("So it is.",)))
        turn = await ask(f"{QUESTION} {marker}", who=who)
        told = tool_results(provider.calls(marker)[-1])
        return turn, told[0] if told else None

    return called


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("look_up_account", {}, "Name: Ada Byron\nPlan: Premium\nCustomer since: 2023-04-01"),
        (
            "check_stock",
            {"words": "TEA"},
            'In stock: [{"item": "Green tea", "number": 42}, {"item": "Black tea", "number": 0}, ',
        ),
        ("track_order", {"number": 5002}, "Item: Green tea\nState: shipped"),
        ("track_order", {"number": 6001}, "The tool failed: The system answered 404. There is no order 6001."),
    ],
)
async def test_what_reads_is_told_to_the_model(use, tool, arguments, told):
    """Red when `templates.url` leaves the query out, and when `answers._mapped` does not look along the path."""
    turn, said = await use(tool, arguments)
    assert said.startswith(told)
    assert turn.reply.text == "So it is."
    assert turn.steps == ["search_knowledge", tool]


async def test_invoices_are_the_customers_own(use):
    _, said = await use("list_invoices")
    assert ("INV-1001" in said, "INV-1002" in said, "INV-2001" in said) == (True, True, False)


async def test_a_visitor_gets_the_stock_and_nothing_about_anybody(use):
    """Red when `Tool.admits` says yes to everybody."""
    visitor = Who(uuid.uuid4())
    _, stock = await use("check_stock", {"words": "pot"}, visitor)
    assert "Teapot" in stock
    _, account = await use("look_up_account", who=visitor)
    assert account.startswith("The customer has to be signed in")


async def test_a_visitor_who_has_proven_an_address_gets_their_orders(use):
    """Red when the example takes the address from anywhere else."""
    turn, said = await use("find_orders", who=Who(uuid.uuid4(), email="ben@example.com"))
    assert (said, turn.reply.request.verify) == (None, True)
    _, said = await use("find_orders", who=Who(uuid.uuid4(), verified_email="ada@example.com"))
    assert ("5001" in said, "5002" in said, "6001" in said) == (True, True, False)


async def carried_out(turn, key):
    agent = CustomerSupportAgent()
    try:
        return await agent.carry_out(turn.context, turn.reply.request, key)
    finally:
        await agent.close()


async def test_cancelling_waits_for_the_customer_and_happens_once(use, shop_service):
    """Red when the key is not sent as Idempotency-Key."""
    turn, said = await use("cancel_order", {"number": 5001})
    assert (said, turn.reply.request.title, turn.reply.request.risk) == (None, "Cancel order 5001", "write")
    assert shop_service.shop.orders[5001]["state"] == "in preparation"
    first = await carried_out(turn, "key-1")
    again = await carried_out(turn, "key-1")
    assert (first.result, again.result, first.succeeded) == ("State: cancelled", "State: cancelled", True)
    assert shop_service.shop.orders[5001]["state"] == "cancelled"
    other = await carried_out(turn, "key-2")
    assert (other.succeeded, other.known) == (False, True)
    assert other.result == "The tool failed: The system answered 409. Order 5001 is cancelled and cannot be cancelled."


async def test_a_refund_waits_for_a_colleague(use, shop_service):
    turn, _ = await use("request_refund", {"invoice": "INV-1001", "amount": 20})
    assert (turn.reply.request.title, turn.reply.request.risk) == ("Refund 20 for invoice INV-1001", "approval")
    assert shop_service.shop.refunds == []
    outcome = await carried_out(turn, "key-1")
    assert outcome.result == "Refund: requested\nInvoice: INV-1001\nAmount: 20.0"
    assert [refund["amount"] for refund in shop_service.shop.refunds] == [20.0]


async def test_nobody_refunds_from_anothers_invoice(use, shop_service):
    turn, _ = await use("request_refund", {"invoice": "INV-2001", "amount": 20, "customer": "cust-2"})
    outcome = await carried_out(turn, "key-1")
    assert (outcome.succeeded, shop_service.shop.refunds) == (False, [])


async def test_leave_given_by_the_customer_does_not_do_for_a_colleague(use, shop_service):
    """The tool was made one that a colleague approves while it was asked for. Red when `carry_out` compares no risk class."""
    turn, _ = await use("cancel_order", {"number": 5001})
    await db.run(HttpTool.objects.filter(name="cancel_order").update, risk="approval")
    outcome = await carried_out(turn, "key-1")
    assert (outcome.succeeded, outcome.result) == (False, "This tool is not available any more.")
    assert shop_service.shop.orders[5001]["state"] == "in preparation"


async def test_a_tool_switched_off_meanwhile_is_not_carried_out(use, shop_service):
    """Red when `carry_out` asks for what was offered instead of what there is."""
    turn, _ = await use("cancel_order", {"number": 5001})
    await db.run(HttpTool.objects.filter(name="cancel_order").update, enabled=False)
    assert not (await carried_out(turn, "key-1")).succeeded
    assert shop_service.shop.orders[5001]["state"] == "in preparation"


def test_the_command_adds_each_tool_once(db, shop_service):
    out = StringIO()
    call_command("add_example_connectors", shop_service.url, stdout=out)
    assert out.getvalue() == (
        "Added: look_up_account, list_invoices, request_refund, check_stock, track_order, find_orders, cancel_order.\n"
    )
    HttpTool.objects.filter(name="track_order").update(label="Mine")
    call_command("add_example_connectors", shop_service.url, stdout=out)
    assert "all there already" in out.getvalue()
    assert HttpTool.objects.get(name="track_order").label == "Mine"


def test_the_command_refuses_what_is_no_address(db):
    with pytest.raises(CommandError, match="Write an http or https address"):
        call_command("add_example_connectors", "shop.example.com")
