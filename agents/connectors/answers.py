"""What the model is told of a system's answer."""

import json
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from agents.connectors.templates import lines
from agents.registry import ToolFailed
from config.common.fetch import Response

MASK = "•••"
MAX_REASON = 300
# A secret shorter than this says nothing, and blacking it out would black out half of an answer.
_MIN_SECRET = 4
_REASONS = ("detail", "message", "error", "title")


class EffectUnknown(Exception):
    """The system broke off, or answered so that nobody can tell whether it did what it was asked."""


def told(response: Response, mapping: str, *, writes: bool) -> str:
    """The answer for the model. Raises ToolFailed when nothing was done, EffectUnknown when nobody can tell."""
    if response.status >= 500 or (response.status >= 300 and response.status < 400 and writes):
        raise EffectUnknown(f"status {response.status}")
    if not 200 <= response.status < 300:
        raise ToolFailed(_reason(response))
    try:
        return _mapped(mapping, json.loads(response.body)) if mapping.strip() else _whole(response)
    except (ValueError, RecursionError, JMESPathError):
        if writes:
            return "It was done. The system's answer could not be read."
        raise ToolFailed("The system's answer could not be read.") from None


def _mapped(mapping: str, document: Any) -> str:
    found = ((label, jmespath.search(path, document)) for label, path in lines(mapping, ":"))
    told = "\n".join(f"{label}: {_text(value)}" for label, value in found if value is not None)
    return told or "Nothing was found."


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(response: Response) -> str:
    kind = response.media_type
    if not response.body.strip():
        return "It was done."
    if kind == "application/json" or kind.endswith("+json"):
        return json.dumps(json.loads(response.body), ensure_ascii=False)
    if kind.startswith("text/"):
        return response.body.decode(errors="replace")
    raise ValueError(kind)


def _reason(response: Response) -> str:
    """Why the system refused, in its own words where it gives some; those about our credentials are not for the model."""
    said = f"The system answered {response.status}."
    if response.status in (401, 403, 407):
        return said
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        words: Any = response.body.decode(errors="replace") if response.media_type == "text/plain" else ""
    else:
        fields = document if isinstance(document, dict) else {}
        words = next((fields[name] for name in _REASONS if isinstance(fields.get(name), str)), "")
    return " ".join(f"{said} {words}".split())[:MAX_REASON]


def without(text: str, secrets: list[str]) -> str:
    """The text without what must not be kept or shown, wherever a system repeats it."""
    for secret in sorted(filter(lambda each: len(each) >= _MIN_SECRET, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
