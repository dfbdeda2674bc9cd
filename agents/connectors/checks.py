"""What is wrong with a configured tool, found when it is saved and not when a customer waits."""

import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from agents.connectors.models import ConfiguredTool, HttpTool, McpTool
from agents.connectors.parameters import Parameter, listed
from agents.connectors.templates import lines, places
from agents.defaults import TYPES, takes_facts
from agents.memory import SLOTS
from agents.registry import registry

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Set by us, or by the authentication.
_OURS = {
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "te",
    "upgrade",
}
_OURS |= {"authorization", "proxy-authorization", "idempotency-key"}

_TYPES, _FACTS = " and ".join(TYPES), ", ".join(SLOTS)

Problem = tuple[str, str]


def address_problem(url: str) -> str:
    """What is wrong with an address, as a sentence; empty when nothing is. Its places are only in the path."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not a valid address."
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "Write an http or https address."
    if parts.username is not None or parts.password is not None:
        return "User names and passwords belong into the authentication."
    if "#" in url or re.search(r"\s", url):
        return "An address has neither spaces nor a fragment (#)."
    if places(parts.netloc) or places(parts.query):
        return "Places are allowed in the path only; parameters have a field of their own."
    return ""


def name_problem(name: str) -> str:
    """Why a tool cannot have this name; empty when it can."""
    return f"There is a tool of this name in the code: {name}." if name in registry() else ""


def is_header(name: str) -> bool:
    """Whether it can be the name of a header that a credential is sent in (RFC 9110 §5.1)."""
    return _HEADER.fullmatch(name) is not None and name.lower() not in _OURS - {"authorization"}


def http_problems(tool: HttpTool) -> Iterator[Problem]:
    """(field, sentence) for what is wrong with the fields of an HTTP tool by themselves."""
    if problem := address_problem(tool.url):
        yield "url", problem
    yield from _line_problems(tool)
    yield from _body_problems(tool)
    if tool.auth == HttpTool.Auth.HEADER and not is_header(tool.auth_name):
        yield "auth_name", "Name the header."
    if tool.auth == HttpTool.Auth.BASIC and (not tool.auth_name or ":" in tool.auth_name):
        yield "auth_name", "Write the user name, without a colon."
    yield from risk_problems(tool)
    if tool.method == HttpTool.Method.DELETE and tool.risk == "read":
        yield "risk", "DELETE writes."


def risk_problems(tool: ConfiguredTool) -> Iterator[Problem]:
    """What is asked for has to be said."""
    if tool.risk != "read" and not tool.title.strip():
        yield "title", "Say what is to be confirmed or approved."


def _line_problems(tool: HttpTool) -> Iterator[Problem]:
    for field, separator in (("query", "="), ("headers", ":"), ("result", ":")):
        try:
            pairs = list(lines(getattr(tool, field), separator))
        except ValueError as error:
            yield field, str(error)
            continue
        for name, value in pairs:
            if field == "headers" and (not _HEADER.fullmatch(name) or name.lower() in _OURS or not value.isascii()):
                yield field, f"“{name}” cannot be set here."
            if field == "query" and places(name):
                yield field, "The name of a parameter has no places."
            if field == "result":
                yield from _path_problem(value)


def _path_problem(path: str) -> Iterator[Problem]:
    try:
        jmespath.compile(path)
    except JMESPathError:
        yield "result", f"“{path}” is not a JMESPath expression."


def _body_problems(tool: HttpTool) -> Iterator[Problem]:
    if not tool.body.strip():
        return
    if tool.method == HttpTool.Method.GET:
        yield "body", "A GET request has no body."
    try:
        json.loads(tool.body)
    except (ValueError, RecursionError):
        yield "body", 'This is not JSON. Places stand within texts: "{number}", also those of numbers.'


def _place_problem(tool: ConfiguredTool, place: str) -> Iterator[str]:
    """What is known of a customer depends on for whom the tool is."""
    is_proven = place == "customer.verified_email"
    if tool.identity != ("verified" if is_proven else "identified"):
        whom = "customers with a proven e-mail address" if is_proven else "identified customers"
        yield f"{{{place}}} is known of {whom} only: change for whom the tool is."


def filled_problems(tool: McpTool) -> Iterator[str]:
    """What is wrong with what the server fills in of an MCP tool."""
    try:
        pairs = list(lines(tool.filled, "="))
    except ValueError as error:
        yield str(error)
        return
    for name, value in pairs:
        if name not in tool.offered["schema"].get("properties", {}):
            yield f"The tool has no parameter {name}."
        for place in sorted(places(value)):
            if not place.startswith("customer."):
                yield f"{{{place}}} is not known to the server: only {{customer.…}} is."
            else:
                yield from _place_problem(tool, place)


def slots_problems(tool: McpTool) -> Iterator[str]:
    """What is wrong with the facts that an MCP tool's parameters are taken from when the model leaves them out."""
    try:
        pairs, filled = list(lines(tool.slots, "=")), dict(lines(tool.filled, "="))
    except ValueError as error:
        yield str(error)
        return
    known = tool.offered["schema"].get("properties", {})
    for name, fact in pairs:
        if name not in known:
            yield f"The tool has no parameter {name}."
        elif name in filled:
            yield f"{name} is filled by the server: the model cannot leave it out."
        elif not takes_facts(known[name]):
            yield f"{name} takes no fact: facts are for parameters of the types {_TYPES}."
        if fact not in SLOTS:
            yield f"There is no fact {fact}: facts are {_FACTS}."


def parameter_problems(tool: HttpTool, parameters: Sequence[Parameter]) -> Iterator[str]:
    """What is wrong between the templates and the parameters."""
    known = {row.name: row for row in parameters}
    in_path, in_title = places(tool.url), places(tool.title)
    used = in_path | in_title | places(tool.query) | places(tool.headers) | places(tool.body)
    for place in sorted(used):
        if place.startswith("customer."):
            yield from _place_problem(tool, place)
        elif place not in known:
            yield f"{{{place}}} is used, and there is no parameter of that name."
    for name in sorted(in_path & set(known)):
        if not known[name].required:
            yield f"{name} stands in the address: it has to be required."
    for place in sorted(in_title):
        if place.startswith("customer."):
            yield f"The question can only show parameters, not {{{place}}}."
    for row in parameters:
        if row.type == "enum" and not listed(row.choices):
            yield f"{row.name} needs a list to choose from."
        if row.slot and row.type not in (*TYPES, "enum"):
            yield f"{row.name} takes no fact: facts are for texts, lists and whole numbers."
        if row.name not in used:
            yield f"{row.name} is not used anywhere: write {{{row.name}}} where it belongs."
