"""HTTP tools: from a row and the model's arguments to a request, and from its answer to what the model is told.

Every request goes through the guard (`config.common.fetch`). One that writes follows no redirect.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from agents.connectors import answers, templates
from agents.connectors.models import HttpTool
from agents.registry import ToolFailed
from agents.turn import Who
from config.common.fetch import FetchError, Limits, Request, Response, fetch

# In requests that are shown. Headers carry it, too.
_MASK = "***"


@dataclass(frozen=True)
class Call:
    """One call to be made. secrets: what must not be shown, wherever it turns up. key: names the call."""

    tool: HttpTool
    arguments: Mapping[str, Any]
    who: Who
    key: str
    hidden: frozenset[str] = frozenset()

    @property
    def secrets(self) -> list[str]:
        """What is blacked out: the credential, and arguments that are secret."""
        secret = self.tool.secret
        given = [str(value) for name, value in self.arguments.items() if name in self.hidden]
        return [secret, _basic(self.tool.auth_name, secret), *given]


def prepare(call: Call) -> Request:
    """The request, all places filled. Raises ToolFailed for arguments that do not fit."""
    tool, values = call.tool, templates.Values(call.arguments, call.who)
    content = templates.body(tool.body, values)
    headers = {"Accept": "application/json", **templates.headers(tool.headers, values)}
    if content:
        headers["Content-Type"] = "application/json"
    if tool.risk != "read":
        headers["Idempotency-Key"] = call.key
    return Request(templates.url(tool.url, tool.query, values), tool.method, headers | _credentials(tool), content)


def _credentials(tool: HttpTool) -> dict[str, str]:
    match tool.auth:
        case HttpTool.Auth.BEARER:
            return {"Authorization": f"Bearer {tool.secret}"}
        case HttpTool.Auth.BASIC:
            return {"Authorization": f"Basic {_basic(tool.auth_name, tool.secret)}"}
        case HttpTool.Auth.HEADER:
            return {tool.auth_name: tool.secret}
    return {}


def _basic(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


def send(call: Call, request: Request) -> Response:
    """Make the request. Raises FetchError. Blocks."""
    reads = call.tool.risk == "read"
    limits = Limits(call.tool.timeout, call.tool.max_kilobytes * 1_000, Limits.redirects if reads else 0)
    return fetch(request, limits)


def told(call: Call, response: Response) -> str:
    """What the model is told. Raises ToolFailed when nothing was done, EffectUnknown when nobody can tell."""
    try:
        text = answers.told(response, call.tool.result, writes=call.tool.risk != "read")
    except ToolFailed as failure:
        raise ToolFailed(answers.without(str(failure), call.secrets)) from None
    return answers.without(text, call.secrets)


def failed(call: Call, error: FetchError) -> Exception:
    """What an error of the way there comes to: where it leads to inside is nothing for the model."""
    if not error.connected:
        return ToolFailed("The system behind the tool cannot be reached.")
    if call.tool.risk == "read":
        return ToolFailed("The system's answer could not be read.")
    return answers.EffectUnknown(type(error).__name__)


def make(call: Call) -> str:
    """Make the call and return what the model is told. Raises ToolFailed or EffectUnknown. Blocks."""
    request = prepare(call)
    try:
        response = send(call, request)
    except FetchError as error:
        raise failed(call, error) from None
    return told(call, response)


def shown(call: Call) -> str:
    """The request as text for people: credentials and secret arguments are blacked out before it is put together."""
    arguments = {name: _MASK if name in call.hidden else value for name, value in call.arguments.items()}
    request = prepare(replace(call, arguments=arguments))
    headers = {**request.headers, **dict.fromkeys(_credentials(call.tool), _MASK)}
    body = json.dumps(json.loads(request.content), ensure_ascii=False, indent=2) if request.content else ""
    url = request.url.replace(quote(_MASK), _MASK)
    return "\n".join(
        [f"{request.method} {url}", *(f"{name}: {value}" for name, value in headers.items()), "", body]
    ).strip()
