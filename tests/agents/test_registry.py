"""Tools are found, described by their signature, and called with what the model wrote."""

import json
from typing import Literal

import pytest

from agents.registry import ToolContext, ToolResult, registry, tool
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


async def test_arguments_are_parsed_and_defaults_filled_in(context):
    assert (await order_state.call(context, '{"number": 41}')).text == "42 short Acme"


async def test_what_the_signature_does_not_name_never_reaches_the_tool(context):
    result = await order_state.call(context, '{"number": 1, "context": "mine", "customer": "someone else"}')
    assert result.text == "2 short Acme"


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
async def test_wrong_arguments_are_told_to_the_model(context, arguments, told):
    result = await order_state.call(context, arguments)
    assert result.text.startswith("The arguments are not valid: ")
    assert told in result.text


async def test_escalation_takes_only_the_reasons_it_knows(context):
    escalate = registry()["escalate_to_human"]
    assert (await escalate.call(context, '{"reason": "because"}')).escalate is None
    result = await escalate.call(context, json.dumps({"reason": "negative_sentiment", "note": "x" * 900}))
    assert result.escalate is not None
    assert (result.escalate.reason, len(result.escalate.note)) == ("negative_sentiment", 500)


def test_what_the_customer_reads_while_tools_work():
    assert all(entry.label and not entry.label.endswith(".") for entry in registry().values())
    assert {entry.risk for entry in registry().values()} == {"read"}
