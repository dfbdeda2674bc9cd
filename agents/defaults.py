"""Arguments that the model left out and the customer gave before: facts are texts, and parameters have types."""

import json
from collections.abc import Mapping
from typing import Any


def typed(fact: str, kind: Mapping[str, Any]) -> str | int | None:
    """A fact as a value of a parameter's JSON schema; None when there is none, or it does not fit."""
    match kind.get("type"):
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
