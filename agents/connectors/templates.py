"""Filling `{places}` in what an administrator wrote, so that no argument can become more than a value there.

A template is filled in one pass: what an argument contains is never looked at as a template. `{customer.…}` is filled by
the server; a parameter cannot have such a name. What mentions an argument that was not given is left out.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from agents.registry import ToolFailed
from agents.turn import Who

_PLACE = re.compile(r"\{(customer\.(?:sub|email|name|verified_email)|[a-z][a-z0-9_]*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MISSING = object()
# What a fact that is not known is called.
_NAMES = {"sub": "identity", "verified_email": "proven e-mail address"}


class _LeftOut(Exception):
    """The template mentions an argument that was not given."""


@dataclass(frozen=True)
class Values:
    """What the places are filled with."""

    arguments: Mapping[str, Any]
    who: Who

    def of(self, place: str) -> Any:
        """The value of a place. Raises ToolFailed when nothing is known of the customer that it asks for."""
        field = place.removeprefix("customer.")
        if field == place:
            value = self.arguments.get(place)
            if value is None:
                raise _LeftOut
            return value
        if value := getattr(self.who, field):
            return value
        raise ToolFailed(f"The customer's {_NAMES.get(field, field)} is not known.")


def places(template: str) -> set[str]:
    """The places in a template: names of parameters, and `customer.…`."""
    return set(_PLACE.findall(template))


def lines(text: str, separator: str) -> Iterator[tuple[str, str]]:
    """`name SEPARATOR value` on each line that is not blank. ValueError for a line without one of them."""
    for line in filter(None, map(str.strip, text.splitlines())):
        name, found, value = map(str.strip, line.partition(separator))
        if not (name and found and value):
            raise ValueError(f"“{line[:80]}” is not of the form name{separator} value.")
        yield name, value


def url(template: str, query: str, values: Values) -> str:
    """The address, arguments percent-encoded: they change neither host nor segments, and add no parameter."""
    parts = urlsplit(template)
    try:
        path = _fill(parts.path, values, _segment)
    except _LeftOut:
        raise ToolFailed("The address needs an argument that was not given.") from None
    pairs = urlencode(list(_filled(lines(query, "="), values)), quote_via=quote)
    return parts._replace(path=path, query="&".join(filter(None, (parts.query, pairs)))).geturl()


def headers(text: str, values: Values) -> dict[str, str]:
    """The headers. Raises ToolFailed for an argument with a line break, or with what headers cannot carry."""
    filled = dict(_filled(lines(text, ":"), values))
    for name, value in filled.items():
        if _CONTROL.search(value) or not value.isascii():
            raise ToolFailed(f"An argument cannot be sent in the header {name}.")
    return filled


def given(text: str, values: Values) -> dict[str, str]:
    """`name=value` on each line, values filled. Raises ToolFailed when nothing is known of the customer that one asks for."""
    return dict(_filled(lines(text, "="), values))


def body(template: str, values: Values) -> bytes:
    """The JSON document. Places are filled within its texts after it was read, so nothing in them is syntax."""
    return json.dumps(_tree(json.loads(template), values), ensure_ascii=False).encode() if template.strip() else b""


def _filled(pairs: Iterator[tuple[str, str]], values: Values) -> Iterator[tuple[str, str]]:
    for name, template in pairs:
        try:
            yield name, _fill(template, values, str)
        except _LeftOut:
            continue


def _fill(template: str, values: Values, encode: Callable[[str], str]) -> str:
    return _PLACE.sub(lambda match: encode(_text(values.of(match[1]))), template)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _segment(text: str) -> str:
    """Part of a path segment. Some servers take %2F for a slash: steps out of the folder are refused in any case."""
    if not text.strip() or _CONTROL.search(text) or {".", ".."}.intersection(re.split(r"[/\\]", text)):
        raise ToolFailed("An argument is empty, or not fit for an address.")
    return quote(text, safe="")


def _tree(node: Any, values: Values) -> Any:
    if isinstance(node, dict):
        filled = {name: _member(value, values) for name, value in node.items()}
        return {name: value for name, value in filled.items() if value is not _MISSING}
    if isinstance(node, list):
        return [value for value in (_member(each, values) for each in node) if value is not _MISSING]
    if not isinstance(node, str):
        return node
    whole = _PLACE.fullmatch(node)
    return values.of(whole[1]) if whole else _fill(node, values, str)


def _member(node: Any, values: Values) -> Any:
    try:
        return _tree(node, values)
    except _LeftOut:
        return _MISSING
