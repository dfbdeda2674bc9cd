"""The model is offered code tools and configured ones; what is called is looked up afresh."""

import asyncio
import json
import uuid
from contextlib import asynccontextmanager

import pytest
from django.db import connection

from agents import toolbox
from agents.agent import is_repeatable
from agents.connectors import catalogue
from agents.connectors.models import HttpTool
from agents.turn import Who
from config.common import db
from knowledge.audience import Audience
from tests.agents.test_tools_in_a_turn import QUESTION, tool_results
from tests.fakes.model import Say


def names(request: dict) -> set[str]:
    return {tool["function"]["name"] for tool in request.get("tools", [])}


async def test_configured_tools_are_offered_beside_those_of_the_code(provider, marker, ask, refunds, connect):
    tool = await db.run(
        connect, {"name": "number", "type": "integer", "description": "Its number."}, path="/things/{number}"
    )
    await ask(f"{QUESTION} {marker}")
    (request,) = provider.calls(marker)
    assert names(request) >= {"search_knowledge", "order_state", "thing"}
    (function,) = [each["function"] for each in request["tools"] if each["function"]["name"] == tool.name]
    assert function["description"] == "Look up a thing."
    assert function["parameters"]["properties"] == {"number": {"type": "integer", "description": "Its number."}}
    assert function["parameters"]["required"] == ["number"]


async def test_what_writes_says_that_it_is_asked_for(provider, marker, ask, refunds, connect):
    await db.run(connect, risk="write", method="POST")
    await ask(f"{QUESTION} {marker}")
    (function,) = [t["function"] for t in provider.calls(marker)[0]["tools"] if t["function"]["name"] == "thing"]
    assert "asked to confirm it" in function["description"]


@asynccontextmanager
async def counted():
    """The statements that the database gets meanwhile, on the agent's connection."""
    statements: list[str] = []

    def count(execute, sql, *arguments):
        statements.append(sql)
        return execute(sql, *arguments)

    await db.run(lambda: connection.execute_wrappers.append(count))
    yield statements
    await db.run(lambda: connection.execute_wrappers.remove(count))


async def test_one_query_reads_them_all_and_none_for_two_seconds(knowledge, connect, monkeypatch):
    """Red when `offered` keeps nothing, or for ever, and when the parameters are read one tool at a time."""
    await db.run(connect, ("number", "integer"), ("words", "string"))
    await db.run(connect, ("number", "integer"), name="other")
    now = 1_000.0
    monkeypatch.setattr(toolbox, "monotonic", lambda: now)

    async def queries() -> int:
        async with counted() as statements:
            assert {"thing", "other"} <= set(await toolbox.offered(Audience()))
        return len(statements)

    counts = [await queries(), await queries()]
    now += 1.99
    counts.append(await queries())
    now += 0.02
    counts.append(await queries())
    assert counts == [1, 0, 0, 1]


async def test_a_tool_of_the_code_costs_no_query(knowledge):
    """Red when `fresh` asks the database first."""
    async with counted() as statements:
        assert await toolbox.fresh("search_knowledge", Audience()) is not None
    assert statements == []


async def test_the_list_reads_no_credentials(knowledge, connect):
    """They are read for a call alone. Red when `catalogue` does not defer them."""
    await db.run(connect, auth="bearer", secret="hunter22")
    async with counted() as statements:
        assert await db.run(catalogue.load)
    (statement,) = statements
    assert '"agents_httptool"."secret"' not in statement
    assert '"agents_mcpserver"."secret"' not in statement


async def test_a_tool_switched_off_between_offer_and_call_is_not_called(
    provider, marker, ask, refunds, connect, system, gate
):
    """The administrator is faster than the model. Red when `_call` takes the tool from what was offered."""
    tool = await db.run(connect)
    provider.script(marker, Say(tool=("thing", "{}"), silent=gate), Say(pieces=("I cannot.",)))
    turn = asyncio.create_task(ask(f"{QUESTION} {marker}"))
    while not provider.calls(marker):
        await db.run(HttpTool.objects.count)
    await db.run(HttpTool.objects.filter(pk=tool.pk).update, enabled=False)
    gate.set()
    steps = (await turn).steps
    first, second = provider.calls(marker)
    assert "thing" in names(first)
    assert tool_results(second) == ["There is no tool 'thing'."]
    assert (system.asked, steps) == ([], ["search_knowledge"])


@pytest.mark.parametrize(
    ("tags", "inbox", "offered"),
    [([], (), True), (["shop"], ("shop", "eu"), True), (["shop"], ("blog",), False), (["shop"], (), False)],
)
async def test_a_tool_can_be_limited_to_inboxes_by_tag(
    provider, marker, ask, refunds, connect, system, tags, inbox, offered
):
    """Red when `Configured.serves` always says yes; `fresh` must ask it too."""
    await db.run(connect, tags=tags)
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Yes.",)))
    await ask(f"{QUESTION} {marker}", audience=Audience(tags=inbox))
    first, second = provider.calls(marker)
    assert ("thing" in names(first)) == offered
    assert (tool_results(second) == ["{}"]) == offered
    assert len(system.asked) == offered


async def test_the_code_has_precedence(provider, marker, ask, refunds, connect, shop, system):
    """A name that an app took later. Red when `offered` or `fresh` look into the database first."""
    await db.run(connect, name="order_state")
    provider.script(marker, Say(tool=("order_state", '{"number": 7}')), Say(pieces=("Yes.",)))
    await ask(f"{QUESTION} {marker}")
    first, second = provider.calls(marker)
    assert [t["function"]["name"] for t in first["tools"]].count("order_state") == 1
    assert json.loads(tool_results(second)[0])["number"] == "7"
    assert system.asked == []


async def test_tools_for_identified_customers(provider, marker, ask, refunds, connect, system):
    await db.run(connect, identity="identified", path="/of/{customer.sub}")
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Yes.",)))
    await ask(f"{QUESTION} {marker}")
    assert "has to be signed in" in tool_results(provider.calls(marker)[1])[0]
    assert system.asked == []
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Yes.",)))
    await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), "carla-1"))
    assert [asked.target for asked in system.asked] == ["/of/carla-1"]


async def test_calls_are_recorded_like_those_of_the_code(provider, marker, ask, refunds, connect, system):
    await db.run(
        connect, ("number", "integer"), {"name": "pin", "type": "string", "secret": True}, query="n={number}\npin={pin}"
    )
    system.says({"pin": "hunter22", "state": "fine"})
    provider.script(marker, Say(tool=("thing", '{"number": 7, "pin": "hunter22"}')), Say(pieces=("Yes.",)))
    turn = await ask(f"{QUESTION} {marker}")
    (row,) = await turn.calls()
    assert (row.tool, row.state, row.arguments) == ("thing", "done", {"number": 7, "pin": "•••"})
    assert json.loads(row.result) == {"pin": "•••", "state": "fine"}
    assert system.asked[0].target == "/thing?n=7&pin=hunter22"


@pytest.mark.parametrize("repeatable", [True, False])
def test_what_may_be_repeated(db, connect, repeatable):
    connect(risk="write", method="POST", repeatable=repeatable)
    assert is_repeatable("thing") is repeatable
    assert is_repeatable("order_once") is True
    assert is_repeatable("nothing") is False
