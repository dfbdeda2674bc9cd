"""Arguments that the model left out and the customer gave before: facts are texts, and parameters have types."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

# What a text can become without a guess.
TYPES = ("string", "integer")


def typed(fact: str, kind: Any) -> str | int | None:
    """A fact as a value of a parameter's JSON schema; None when there is none, or it does not fit."""
    return next((value for each in _kinds(kind) if (value := _as(fact, each)) is not None), None)


def takes_facts(kind: Any) -> bool:
    """Whether a parameter of this JSON schema can take a fact."""
    return any(each.get("type") in TYPES for each in _kinds(kind))


def _kinds(kind: Any) -> Iterator[Mapping[str, Any]]:
    """What a schema lets one choose from, each of one type: servers write an optional number as `anyOf` or as a list of types."""
    if not isinstance(kind, Mapping):
        return
    for each in kind.get("anyOf") or kind.get("oneOf") or [kind]:
        if isinstance(each, Mapping):
            types = each.get("type")
            yield from ({**each, "type": name} for name in (types if isinstance(types, list) else [types]))


def _as(fact: str, kind: Mapping[str, Any]) -> str | int | None:
    match kind["type"]:
        case "string":
            fits = bool(fact) and fact in kind.get("enum", [fact])
            return fact if fits else None
        case "integer":
            digits = fact.removeprefix("#")
            return int(digits) if digits.isascii() and digits.isdigit() else None
    return None


def filled(arguments: str, given: Mapping[str, str | int | None]) -> str:
    """The arguments, as JSON text, with what is given for those that are not there. What is no JSON object stays as it is."""
    known = {name: value for name, value in given.items() if value is not None}
    if not known:
        return arguments
    try:
        written = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return arguments
    if not isinstance(written, dict):
        return arguments
    return json.dumps(known | {name: value for name, value in written.items() if value is not None})
