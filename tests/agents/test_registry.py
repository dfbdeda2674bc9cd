"""Tools are found, described by their signature, and called with what the model wrote."""

import json
from typing import Literal

import pytest

from agents.registry import ToolContext, ToolResult, registry, tool
from agents.signature import BadArguments, redacted
from tests.agents.conftest import context_of


@pytest.fixture
def context():
    return ToolContext(context_of("a question"), [])


@tool(label="Looking up an order", risk="read")
async def order_state(context: ToolContext, number: int, detail: Literal["short", "long"] = "short") -> ToolResult:
    """Look up an order.

    In two paragraphs.
    """
    return ToolResult(f"{number + 1} {detail} {context.turn.inbox_name}")


def test_every_module_of_the_tools_folder_is_found():
    assert set(registry()) >= {"search_knowledge", "escalate_to_human"}
    assert all(name == entry.name for name, entry in registry().items())


def test_the_signature_is_the_schema():
    schema = order_state.schema
    assert schema["type"] == "function"
    function = schema["function"]
    assert function["name"] == "order_state"
    assert function["description"] == "Look up an order.\n\nIn two paragraphs."
    assert function["parameters"]["required"] == ["number"]
    assert function["parameters"]["properties"]["number"]["type"] == "integer"
    assert function["parameters"]["properties"]["detail"]["enum"] == ["short", "long"]
    json.dumps(schema)


def test_the_context_is_not_the_models_to_give():
    """Red when `tool` takes all parameters of the signature into the schema."""
    assert set(order_state.schema["function"]["parameters"]["properties"]) == {"number", "detail"}


def test_arguments_are_parsed_and_defaults_filled_in():
    assert order_state.parameters.parse('{"number": 41}') == {"number": 41, "detail": "short"}


async def test_the_function_gets_its_own_types(context):
    assert (await order_state.run(context, {"number": 41, "detail": "long"})).text == "42 long Acme"


def test_what_the_signature_does_not_name_never_reaches_the_tool():
    arguments = order_state.parameters.parse('{"number": 1, "context": "mine", "customer": "someone else"}')
    assert arguments == {"number": 1, "detail": "short"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('{"number": "many"}', "number"),
        ('{"detail": "long"}', "number"),
        ('{"number": 1, "detail": "huge"}', "detail"),
        ('{"number": 1', "JSON"),
        ("[1]", "object"),
        ("", "number"),
        ('{"number": 1e999}', "number"),
    ],
)
def test_wrong_arguments_are_told_to_the_model(arguments, told):
    with pytest.raises(BadArguments, match=told) as refused:
        order_state.parameters.parse(arguments)
    assert str(refused.value).startswith("The arguments are not valid: ")


@pytest.mark.parametrize(
    ("query", "is_good"),
    [("a\x00b", False), ("\ud800", False), (r"a\u0000b", True), ("x" * 7_980, True), ("x" * 8_001, False)],
)
def test_arguments_that_cannot_be_kept(query, is_good):
    """Red when `parse` does not check what it has parsed."""
    parse = registry()["search_knowledge"].parameters.parse
    if is_good:
        assert parse(json.dumps({"query": query})) == {"query": query}
    else:
        with pytest.raises(BadArguments):
            parse(json.dumps({"query": query}))


def test_secrets_are_blacked_out():
    schema = registry()["change_password"].parameters.schema
    assert redacted(schema, {"account": "carla", "password": "hunter2"}) == {"account": "carla", "password": "•••"}


def test_a_title_says_what_would_be_done():
    place_order = registry()["place_order"]
    assert place_order.titled({"item": "tea", "quantity": 2}) == "Order 2 of tea"
    assert len(place_order.titled({"item": "tea " * 100, "quantity": 2})) == 200


def test_an_argument_is_no_place_for_another():
    """Red when places are filled one after the other."""
    assert registry()["place_order"].titled({"item": "{quantity}", "quantity": 2}) == "Order 2 of {quantity}"


def test_tools_of_other_apps_are_found():
    assert registry()["refund"].risk == "approval"


async def test_escalation_takes_only_the_reasons_it_knows(context):
    escalate = registry()["escalate_to_human"]
    with pytest.raises(BadArguments, match="reason"):
        escalate.parameters.parse('{"reason": "because"}')
    arguments = escalate.parameters.parse(json.dumps({"reason": "negative_sentiment", "note": "x" * 900}))
    result = await escalate.run(context, arguments)
    assert result.escalate is not None
    assert (result.escalate.reason, len(result.escalate.note)) == ("negative_sentiment", 500)


def test_what_the_customer_reads_while_tools_work():
    assert all(entry.label and not entry.label.endswith(".") for entry in registry().values())
