"""What a tool takes, read from its function's signature."""

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from config.common.text import storable

MAX_CHARACTERS = 8_000


class BadArguments(Exception):
    """What the model wrote does not fit the tool; the message tells it why."""


class Signature:
    """The parameters of a tool's function, the first of which is the context and not the model's to give."""

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is inspect.Parameter.empty else parameter.default)
            for name, parameter in list(inspect.signature(function).parameters.items())[1:]
        }
        # Numbers that JSON cannot write would not survive being stored.
        config = ConfigDict(allow_inf_nan=False)
        self._model: type[BaseModel] = create_model(function.__name__, __config__=config, **fields)
        self.schema = self._model.model_json_schema()
        self.schema.pop("title", None)

    def parse(self, arguments: str) -> dict[str, Any]:
        """The model's JSON as JSON values, defaults filled in. Raises BadArguments."""
        try:
            parsed = self._model.model_validate_json(arguments or "{}").model_dump(mode="json")
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadArguments(f"The arguments are not valid: {problems}") from error
        return checked(parsed)

    def values(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Parsed arguments as the function's own types."""
        return dict(self._model.model_validate(arguments))


def checked(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that can be stored and shown. Raises BadArguments."""
    if len(json.dumps(arguments, ensure_ascii=False)) > MAX_CHARACTERS:
        raise BadArguments(f"The arguments are not valid: more than {MAX_CHARACTERS:,} characters")
    if not all(storable(text) for text in _texts(arguments)):
        raise BadArguments("The arguments are not valid: NUL and unpaired surrogates are refused")
    return arguments


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def redacted(schema: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as they may be kept: those the schema calls `writeOnly` (passwords, card numbers) are blacked out."""
    kinds = schema.get("properties", {}).items()
    secret = {name for name, kind in kinds if isinstance(kind, dict) and kind.get("writeOnly")}
    return {name: "•••" if name in secret else value for name, value in arguments.items()}
