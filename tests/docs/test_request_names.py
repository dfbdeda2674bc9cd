"""Fields and query parameters of the pages' requests are the API's: it passes over what it does not know, so sending them proves little."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlsplit

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.docs.commands import Command, commands, shell_fences
from tests.docs.pages import Fence
from tests.docs.treatments import Treatment, treatment

_WITH_VALUE = {"-X", "-H", "-d", "--data-urlencode"}


@dataclass(frozen=True)
class Sent:
    """A request: its method, the path below the address, and the names that it sends."""

    method: str
    path: str
    fields: frozenset[str]
    query: frozenset[str]


def sent(fence: Fence) -> Iterator[Sent]:
    """The requests of a block to the API, with what was assigned before them."""
    assigned: dict[str, str] = {}
    for command in commands(fence):
        assigned |= dict(one.split("=", 1) for one in command.assigned)
        if command.program == "curl":
            request = of(command, assigned)
            if request.path.startswith("/api/"):
                yield request


def of(command: Command, assigned: dict[str, str]) -> Sent:
    options: dict[str, list[str]] = {}
    address, words = "", iter(command.words[1:])
    for word in words:
        if word in _WITH_VALUE:
            options.setdefault(word, []).append(next(words))
        elif word.startswith("-"):
            options[word] = []
        else:
            address = word
    for name, value in assigned.items():
        address = address.replace(f"${name}", value)
    parts = urlsplit(re.sub(r"^\$URL", "http://here", address))
    in_query = "-G" in options
    bodies = [] if in_query else [json.loads(each) for each in options.get("-d", [])]
    query = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    query |= {each.split("=")[0] for name in ("-d", "--data-urlencode") if in_query for each in options.get(name, [])}
    method = options.get("-X", ["POST" if bodies else "GET"])[0]
    return Sent(method, parts.path, frozenset(name for body in bodies for name in body), frozenset(query))


@cache
def schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def operation(request: Sent) -> dict:
    """What the schema says of it."""
    for path, methods in schema()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path).rstrip("/") + "/?", request.path):
            return methods[request.method.lower()]
    raise AssertionError(f"{request.path} is not in the schema")


def properties(part: dict) -> set[str]:
    """The names of a schema's fields, wherever they are said."""
    if name := part.get("$ref"):
        return properties(schema()["components"]["schemas"][name.rpartition("/")[2]])
    inner = [*part.get("oneOf", ()), *part.get("anyOf", ()), *part.get("allOf", ())]
    return set(part.get("properties", ())).union(*map(properties, inner))


def unknown(fence: Fence) -> set[str]:
    """The names that a block sends and the API does not know."""
    found: set[str] = set()
    for request in sent(fence):
        known = operation(request)
        body = known.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        found |= request.fields - properties(body)
        found |= request.query - {each["name"] for each in known.get("parameters", ()) if each["in"] == "query"}
    return found


BLOCKS = [fence for fence in shell_fences() if treatment(fence) is Treatment.REQUESTS]


@pytest.mark.parametrize("fence", BLOCKS, ids=str)
def test_the_api_knows_what_is_sent(fence):
    """Red when a page sends `statux`, or asks for `?statx=`: the answer would be as good as without it."""
    assert unknown(fence) == set()


@pytest.mark.parametrize(
    "text",
    [
        'curl "$URL/api/v1/conversations?statx=queued"',
        'curl -G "$URL/api/v1/knowledge/search" --data-urlencode "qu=x"',
        'curl -X PATCH $URL/api/v1/knowledge/articles/$ARTICLE -d \'{"statux": "archived"}\'',
        'BASE=http://127.0.0.1:8000/api/v1/conversations/$CONVERSATION\ncurl $BASE/handoff -d \'{"reasox": "x"}\'',
    ],
)
def test_what_it_does_not_know_is_noticed(text):
    """Red when parameters, what is encoded, fields or assignments are not looked at."""
    assert len(unknown(Fence("docs/none.md", 1, "sh", text + "\n"))) == 1
