"""What the model wrote is checked against a schema that administrators or servers wrote."""

import json
from types import SimpleNamespace

import pytest

from agents.connectors.parameters import SchemaParameters, schema_of
from agents.registry import ToolFailed
from agents.signature import BadArguments


def row(name, kind="string", **fields):
    return SimpleNamespace(
        **({"choices": "", "description": "", "required": True, "secret": False} | fields), name=name, type=kind
    )


ROWS = [
    row("number", "integer"),
    row("amount", "number", required=False),
    row("sure", "boolean", required=False),
    row("size", "enum", choices="small, large , small,", required=False, description="How big."),
    row("note", required=False),
    row("pin", required=False, secret=True),
]


@pytest.fixture
def parameters():
    return SchemaParameters(schema_of(ROWS))


def test_rows_make_the_schema(parameters):
    assert parameters.schema["required"] == ["number"]
    assert parameters.schema["properties"]["size"] == {
        "type": "string",
        "enum": ["small", "large"],
        "description": "How big.",
    }
    assert parameters.schema["properties"]["pin"]["writeOnly"] is True


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [
        ({"number": 7}, {"number": 7}),
        ({"number": 7.0, "amount": 1}, {"number": 7, "amount": 1}),
        ({"number": 7, "size": "large", "sure": False, "note": "x" * 1_000}, None),
        ({"number": 7, "unknown": 1, "context": "mine"}, {"number": 7}),
    ],
)
def test_good_arguments(parameters, arguments, parsed):
    """What is not named is dropped. Red when `_valid` keeps it."""
    found = parameters.parse(json.dumps(arguments))
    assert found == (parsed or arguments)
    assert type(found["number"]) is int


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{}", "number"),
        ("", "number"),
        ('{"number": "7"}', "number: '7' is not of type 'integer'"),
        ('{"number": true}', "integer"),
        ('{"number": 7.5}', "integer"),
        ('{"number": 1e999}', "not JSON"),
        ('{"number": NaN}', "not JSON"),
        ('{"number": 7, "size": "huge"}', "size"),
        ('{"number": 7, "note": "' + "x" * 1_001 + '"}', "note"),
        ('{"number": 7, "note": "\\u0000"}', "NUL"),
        ('{"number": 7', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[7]", "a JSON object"),
    ],
)
def test_wrong_arguments_are_told_to_the_model(parameters, arguments, told):
    with pytest.raises(BadArguments, match=told) as refused:
        parameters.parse(arguments)
    assert str(refused.value).startswith("The arguments are not valid: ")


def test_arguments_that_were_asked_for_when_the_tool_was_another(parameters):
    """They fit no more: nothing is done. Red when `values` does not check again."""
    with pytest.raises(ToolFailed, match="number"):
        parameters.values({"order": 7})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:1/schema"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}},
    ],
)
def test_a_schema_fetches_nothing_and_ends(schema):
    """Red when the validator gets no registry of its own: it would fetch what a server names."""
    with pytest.raises(BadArguments, match="cannot be used"):
        SchemaParameters(schema).parse('{"a": 1}')


def test_a_servers_pattern_does_not_hold_up_the_process():
    """Red when patterns are matched: this one takes for ever."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    assert SchemaParameters(schema).parse(json.dumps({"a": "a" * 60 + "!"}))


def test_a_server_may_take_more_than_it_names():
    schema = {"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}
    assert SchemaParameters(schema).parse('{"a": "b"}') == {"a": "b"}
