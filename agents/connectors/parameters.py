"""What a configured tool takes: a JSON schema, and the check of what the model wrote against it."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from agents.registry import ToolFailed
from agents.signature import BadArguments, checked

MAX_TEXT = 1_000
_WRONG = "The arguments are not valid: "
# A server's pattern could take for ever on a customer's text: the server can check it itself.
_Validator = extend(Draft202012Validator, {"pattern": None, "patternProperties": None})


class Parameter(Protocol):
    """A row of the form (`agents.connectors.models.HttpParameter`)."""

    name: str
    type: str
    choices: str
    description: str
    required: bool
    secret: bool
    slot: str


def schema_of(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The JSON schema of an HTTP tool's parameters. A text has at most 1,000 characters."""
    rows = list(parameters)
    required = [row.name for row in rows if row.required]
    return {"type": "object", "properties": {row.name: _property(row) for row in rows}, "required": required}


def _property(row: Parameter) -> dict[str, Any]:
    if row.type == "enum":
        kind: dict[str, Any] = {"type": "string", "enum": listed(row.choices)}
    else:
        kind = {"type": row.type} | ({"maxLength": MAX_TEXT} if row.type == "string" else {})
    return (
        kind
        | ({"description": row.description} if row.description else {})
        | ({"writeOnly": True} if row.secret else {})
    )


def listed(choices: str) -> list[str]:
    """The values of a comma-separated list."""
    return list(dict.fromkeys(value.strip() for value in choices.split(",") if value.strip()))


class SchemaParameters:
    """Parameters by a JSON schema (2020-12). What it does not name never reaches the tool, unless it says otherwise."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        # An empty registry: references to elsewhere are not fetched.
        self._validator = _Validator(schema, registry=Registry())

    def parse(self, arguments: str) -> dict[str, Any]:
        """The model's JSON as JSON values. Raises BadArguments."""
        try:
            given = json.loads(arguments or "{}", parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            raise BadArguments(f"{_WRONG}this is not JSON") from None
        if not isinstance(given, dict):
            raise BadArguments(f"{_WRONG}they must be a JSON object")
        return checked(self._valid(given))

    def values(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Arguments that were parsed before, perhaps when the tool was another. Raises ToolFailed."""
        try:
            return self._valid(arguments)
        except BadArguments as problem:
            raise ToolFailed(str(problem)) from None

    def _valid(self, given: Mapping[str, Any]) -> dict[str, Any]:
        known = self.schema.get("properties", {})
        kept = {
            name: value for name, value in given.items() if name in known or self.schema.get("additionalProperties")
        }
        try:
            problem = best_match(self._validator.iter_errors(kept))
        except (Unresolvable, RecursionError):
            raise BadArguments("The tool cannot be used: its schema refers to what is not there.") from None
        if problem is not None:
            raise BadArguments(_WRONG + _sentence(problem))
        return {name: _whole(known.get(name), value) for name, value in kept.items()}


def _sentence(problem: ValidationError) -> str:
    where = ".".join(map(str, problem.absolute_path))
    return f"{where}: {problem.message}" if where else problem.message


def _whole(schema: Any, value: Any) -> Any:
    """JSON schema takes 2.0 for an integer; systems do not."""
    return (
        int(value)
        if isinstance(value, float) and isinstance(schema, dict) and schema.get("type") == "integer"
        else value
    )


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
