"""Making one call of a configured tool for an administrator, and showing what there is to be seen of it."""

import json
import time
from dataclasses import dataclass
from typing import Any, Literal

from asgiref.sync import async_to_sync

from agents.connectors import http, mcp_tools, templates
from agents.connectors.answers import EffectUnknown, without
from agents.connectors.models import HttpTool, McpTool
from agents.registry import ToolFailed
from agents.signature import redacted
from agents.turn import Who
from config.common.fetch import FetchError

State = Literal["done", "failed", "unknown"]
MAX_SHOWN = 20_000


@dataclass(frozen=True)
class Trial:
    """How a call went. request, response: as they went over the wire, without secrets. told: what the model would read."""

    request: str
    response: str
    told: str
    state: State
    took_ms: float


def of_http(tool: HttpTool, arguments: dict[str, Any], hidden: frozenset[str], who: Who, key: str) -> Trial:
    """Call an HTTP tool. Blocks."""
    call = http.Call(tool, arguments, who, key, hidden)
    started = time.perf_counter()
    try:
        request, shown = http.prepare(call), http.shown(call)
    except ToolFailed as failure:
        return _trial("", "It was not sent.", failure, started)
    try:
        response = http.send(call, request)
    except FetchError as error:
        return _trial(shown, f"No answer: {error}.", http.failed(call, error), started)
    body = without(response.body.decode(errors="replace"), call.secrets)
    head = f"{response.status} {response.media_type}"
    try:
        told: str | Exception = http.told(call, response)
    except (ToolFailed, EffectUnknown) as failure:
        told = failure
    return _trial(shown, f"{head}\n\n{body}"[:MAX_SHOWN], told, started)


def of_mcp(tool: McpTool, arguments: dict[str, Any], who: Who) -> Trial:
    """Call a tool of an MCP server. Blocks."""
    from agents.connectors import mcp  # see calling.mcp_tool

    started = time.perf_counter()
    try:
        arguments = arguments | templates.given(tool.filled, templates.Values({}, who))
    except ToolFailed as failure:
        return _trial("", "It was not sent.", failure, started)
    shown = redacted(tool.offered["schema"], arguments)
    request = f"tools/call {tool.remote_name}\n\n{json.dumps(shown, ensure_ascii=False, indent=2)}"
    try:
        told: str | Exception = async_to_sync(mcp.call)(tool, arguments)
    except mcp.Changed as change:
        mcp_tools.suspend(tool.pk, change.now)
        told = ToolFailed("This tool has changed, and has to be looked at by an administrator first.")
    except (ToolFailed, EffectUnknown, TimeoutError) as failure:
        told = failure
    return _trial(
        request, told[:MAX_SHOWN] if isinstance(told, str) else str(told) or "No answer in time.", told, started
    )


def _trial(request: str, response: str, told: str | Exception, started: float) -> Trial:
    took_ms = (time.perf_counter() - started) * 1000
    if isinstance(told, ToolFailed):
        return Trial(request, response, f"The tool failed: {told}", "failed", took_ms)
    if isinstance(told, Exception):
        return Trial(request, response, "The tool failed.", "unknown", took_ms)
    return Trial(request, response, told, "done", took_ms)
