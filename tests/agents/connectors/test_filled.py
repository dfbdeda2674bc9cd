"""What the server fills in of connected tools: the customer's proven address, and what they said before as a default."""

import json
import uuid

import pytest

from agents import defaults
from agents.connectors import checks, mcp, mcp_tools
from agents.connectors.models import HttpParameter, HttpTool, McpServer, McpTool
from agents.memory import Memory
from agents.turn import Who
from config.common import db
from tests.agents.connectors.test_mcp import allow, register
from tests.agents.test_tools_in_a_turn import QUESTION, tool_results
from tests.fakes.mcpserver import Mcp
from tests.fakes.model import Say
from tests.support.console_cast import browser

CARLA = "carla@example.com"
PROVEN = {"identity": "verified", "path": "/of/{customer.verified_email}"}


async def test_the_proven_address_goes_where_its_place_is(provider, marker, ask, refunds, connect, system):
    """Red when the place is filled with another address than the one that was proven."""
    await db.run(connect, **PROVEN)
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Yes.",)))
    turn = await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), "carla-1", "Carla", "other@example.com"))
    assert turn.reply.request.verify
    assert system.asked == []
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Yes.",)))
    who = Who(uuid.uuid4(), "carla-1", "Carla", "other@example.com", CARLA)
    await ask(f"{QUESTION} {marker}", who=who)
    assert [asked.target for asked in system.asked] == ["/of/carla%40example.com"]


@pytest.mark.parametrize(
    ("identity", "place", "said"),
    [
        ("anonymous", "customer.verified_email", "proven e-mail address only"),
        ("identified", "customer.verified_email", "proven e-mail address only"),
        ("verified", "customer.sub", "identified customers only"),
        ("verified", "customer.email", "identified customers only"),
    ],
)
def test_a_place_fits_for_whom_the_tool_is(identity, place, said):
    """Red when `_place_problem` takes a place for the other kind of customer."""
    tool = HttpTool(identity=identity, url=f"https://shop.example.com/{{{place}}}")
    assert [said in problem for problem in checks.parameter_problems(tool, [])] == [True]
    tool.identity = "verified" if "verified" in place else "identified"
    assert list(checks.parameter_problems(tool, [])) == []


async def test_what_they_said_before_is_a_default(provider, marker, ask, refunds, connect, system):
    """Red when a fact beats the model's argument, or the model has to give what it may leave out."""
    order = {"name": "number", "type": "integer", "slot": "order"}
    await db.run(connect, order, path="/orders/{number}")
    memory = Memory(slots={"order": "#4711"})
    for arguments, target in (("{}", "/orders/4711"), ('{"number": 7}', "/orders/7"), ("", "/orders/4711")):
        provider.script(marker, Say(tool=("thing", arguments)), Say(pieces=("Yes.",)))
        await ask(f"{QUESTION} {marker}", memory=memory)
        assert system.asked[-1].target == target
    (function,) = [t["function"] for t in provider.calls(marker)[0]["tools"] if t["function"]["name"] == "thing"]
    assert function["parameters"]["required"] == []


async def test_without_a_fact_the_model_is_told_what_is_missing(provider, marker, ask, refunds, connect, system):
    await db.run(connect, {"name": "number", "type": "integer", "slot": "order"}, path="/orders/{number}")
    provider.script(marker, Say(tool=("thing", "{}")), Say(pieces=("Which one?",)))
    await ask(f"{QUESTION} {marker}", memory=Memory(slots={"invoice": "9"}))
    assert "'number' is a required property" in tool_results(provider.calls(marker)[1])[0]
    assert system.asked == []


@pytest.mark.parametrize(
    ("fact", "kind", "value"),
    [
        ("4711", {"type": "integer"}, 4711),
        ("#4711", {"type": "integer"}, 4711),
        ("A-4711", {"type": "integer"}, None),
        ("٤٧", {"type": "integer"}, None),
        ("A-4711", {"type": "string"}, "A-4711"),
        ("", {"type": "string"}, None),
        ("tea", {"type": "string", "enum": ["tea", "milk"]}, "tea"),
        ("oil", {"type": "string", "enum": ["tea", "milk"]}, None),
        ("1", {"type": "number"}, None),
        ("12", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, 12),
        ("T-12", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "T-12"),
        ("T-12", {"type": ["null", "string"]}, "T-12"),
        ("12", {"anyOf": [True]}, None),
        ("12", True, None),
    ],
)
def test_a_fact_takes_the_parameters_type_or_is_left_out(fact, kind, value):
    assert defaults.typed(fact, kind) == value


@pytest.mark.parametrize("arguments", ["[1]", "{", "null", '"x"'])
def test_what_is_no_object_is_left_for_the_check(arguments):
    assert defaults.filled(arguments, {"number": 1}) == arguments


def test_a_parameter_names_a_fact_that_exists(connect, db):
    row = HttpParameter(tool=connect(), name="number", slot="nothing")
    with pytest.raises(Exception, match="not a valid choice"):
        row.full_clean()


async def test_an_mcp_tool_gets_what_the_server_fills(provider, marker, ask, refunds):
    """Red when the model sees or fills the parameter, or the call is made without it."""
    with Mcp(json_response=True) as server:
        row = await db.run(register, server)
        await db.run(mcp_tools.store, row, await mcp.tools(row))
        proven = {"identity": "verified", "filled": "note=of {customer.verified_email}"}
        await db.run(allow, row, "close_ticket", **proven)
        lie = json.dumps({"number": 7, "note": "of eve@example.com"})
        provider.script(marker, Say(tool=("tickets_close_ticket", lie)), Say(pieces=("Closed.",)))
        turn = await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), verified_email=CARLA))
        assert server.done == [(7, f"of {CARLA}")]
        (call,) = await turn.calls()
        assert call.arguments == {"number": 7}
    (function,) = [
        t["function"] for t in provider.calls(marker)[0]["tools"] if t["function"]["name"] == "tickets_close_ticket"
    ]
    assert set(function["parameters"]["properties"]) == {"number"}


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ("note", "is not of the form"),
        ("other={customer.verified_email}", "has no parameter other"),
        ("note={number}", "only {customer.…} is"),
        ("note={customer.sub}", "identified customers only"),
        ("note={customer.verified_email}", ""),
    ],
)
def test_mistakes_in_what_the_server_fills(filled, said):
    offered = {"description": "", "schema": {"type": "object", "properties": {"note": {"type": "string"}}}}
    tool = McpTool(identity="verified", filled=filled, offered=offered)
    assert [said in problem for problem in checks.filled_problems(tool)] == ([True] if said else [])


async def test_an_mcp_tools_parameter_has_a_default_too(provider, marker, ask, refunds):
    """Red when `mcp_tool` gives no slots, when a fact beats the model's argument, and when the model has to give it."""
    with Mcp(json_response=True) as server:
        row = await db.run(register, server)
        await db.run(mcp_tools.store, row, await mcp.tools(row))
        await db.run(allow, row, "close_ticket", slots="number=ticket\nnote=product")
        memory = Memory(slots={"ticket": "#12", "product": "drill"})
        for arguments in ("{}", '{"number": 7}', '{"note": "mine"}'):
            provider.script(marker, Say(tool=("tickets_close_ticket", arguments)), Say(pieces=("Closed.",)))
            await ask(f"{QUESTION} {marker}", memory=memory)
        assert server.done == [(12, "drill"), (7, "drill"), (12, "mine")]
    (function,) = [
        t["function"] for t in provider.calls(marker)[0]["tools"] if t["function"]["name"] == "tickets_close_ticket"
    ]
    assert (set(function["parameters"]["properties"]), function["parameters"]["required"]) == ({"number", "note"}, [])


async def test_without_the_fact_an_mcp_tool_is_not_called(provider, marker, ask, refunds):
    """Nor with one that does not fit. Red when a fact is taken as it is."""
    with Mcp(json_response=True) as server:
        row = await db.run(register, server)
        await db.run(mcp_tools.store, row, await mcp.tools(row))
        await db.run(allow, row, "close_ticket", slots="number=ticket")
        for slots in ({}, {"ticket": "T-12"}):
            provider.script(marker, Say(tool=("tickets_close_ticket", "{}")), Say(pieces=("Which one?",)))
            await ask(f"{QUESTION} {marker}", memory=Memory(slots=slots))
            assert "'number' is a required property" in tool_results(provider.calls(marker)[-1])[0]
        assert server.done == []


async def test_what_writes_shows_the_default_in_its_question(provider, marker, ask, refunds):
    """Red when defaults are filled in after leave was asked."""
    with Mcp(json_response=True) as server:
        row = await db.run(register, server)
        await db.run(mcp_tools.store, row, await mcp.tools(row))
        fields = {"risk": "write", "title": "Close ticket {number}", "slots": "number=ticket"}
        await db.run(allow, row, "close_ticket", **fields)
        provider.script(marker, Say(tool=("tickets_close_ticket", "{}")))
        request = (await ask(f"{QUESTION} {marker}", memory=Memory(slots={"ticket": "12"}))).reply.request
        assert (request.title, request.arguments, server.done) == ("Close ticket 12", {"number": 12}, [])


KINDS = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "list": {"type": ["string", "null"]},
    "share": {"type": "number"},
    "any": True,
}


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ("number", "is not of the form"),
        ("other=order", "has no parameter other"),
        ("number=sub", "There is no fact sub: facts are name, email"),
        ("text=email", "text is filled by the server"),
        ("share=order", "share takes no fact: facts are for parameters of the types string and integer"),
        ("any=order", "any takes no fact"),
        ("number=order\neither=order\nlist=product", ""),
    ],
)
def test_mistakes_in_the_defaults_of_an_mcp_tool(slots, said):
    """Red when `slots_problems` leaves one of its lines out."""
    offered = {"description": "", "schema": {"type": "object", "properties": KINDS}}
    tool = McpTool(slots=slots, filled="text={customer.email}", offered=offered)
    assert [said in problem for problem in checks.slots_problems(tool)] == ([True] if said else [])


def test_the_form_refuses_a_default_that_cannot_be(db):
    """Red when the form does not ask `slots_problems`."""
    server = McpServer.objects.create(name="tickets", url="https://mcp.example.com/mcp")
    schema = {"type": "object", "properties": {"number": {"type": "integer"}}}
    mcp_tools.store(server, {"close": {"description": "Close a ticket.", "schema": schema}})
    tool = McpTool.objects.get()
    fields: dict[str, object] = {
        "name": tool.name,
        "description": "Close.",
        "label": "Closing",
        "title": "Close it",
        "risk": "write",
    }
    fields |= {"identity": "anonymous", "timeout": 10, "tags": "", "filled": ""}
    address = f"/admin/agents/mcptool/{tool.pk}/change/"
    page = browser("rita").post(address, fields | {"slots": "number=nothing"})
    assert "There is no fact nothing" in page.text
    assert browser("rita").post(address, fields | {"slots": "number=ticket"}).status_code == 302
    tool.refresh_from_db()
    assert tool.slots == "number=ticket"


async def test_a_server_that_says_nothing_of_a_parameter(provider, marker, ask, refunds):
    """`true` is a schema. Red when `redacted` takes every schema for an object."""
    with Mcp(json_response=True) as server:
        row = await db.run(register, server)
        found = await mcp.tools(row)
        found["find-ticket"]["schema"]["properties"]["number"] = True
        await db.run(mcp_tools.store, row, found)
        await db.run(allow, row)
        provider.script(marker, Say(tool=("tickets_find_ticket", '{"number": 1}')), Say(pieces=("So it is.",)))
        assert (await ask(f"{QUESTION} {marker}")).reply.text == "So it is."
