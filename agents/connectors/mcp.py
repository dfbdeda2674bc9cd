"""Speaking to MCP servers: the official SDK for the protocol, our own guard for each request.

A session lasts for one call. Before the call is made the server is asked again what the tool is: one that changed since
it was allowed is not called.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, CallToolResult, PaginatedRequestParams

from agents.connectors import threads
from agents.connectors.answers import MAX_REASON, EffectUnknown, without
from agents.connectors.models import McpServer, McpTool
from agents.registry import ToolFailed
from config.common.fetch import FetchError, Limits, Request, fetch

T = TypeVar("T")

LIST_SECONDS = 20.0
MAX_BYTES = 1_000_000
MAX_PAGES = 10
# What the guard sets by itself, and what no longer holds of an answer that it has read and unpacked.
_SET_BY_GUARD = {"host", "connection", "accept-encoding", "content-length"}
_OF_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding", "connection"}
# The server understood the call, and did not make it.
_NOT_CALLED = {INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND}

# The SDK logs answers it cannot read.
logging.getLogger("mcp").setLevel(logging.CRITICAL)


class Unusable(Exception):
    """The server cannot be spoken to; fit to be shown to an administrator."""


class Changed(Exception):
    """The tool is not what was allowed. now: what it is instead, None when the server lists it no more."""

    def __init__(self, now: dict[str, Any] | None) -> None:
        self.now = now
        super().__init__("changed" if now else "gone")


class _Guarded(httpx2.AsyncBaseTransport):
    """The SDK's requests, made by `config.common.fetch`. No stream is held open: a server that wants one is told 405."""

    def __init__(self, seconds: float) -> None:
        self._limits = Limits(seconds, MAX_BYTES, redirects=0)
        self.problem: FetchError | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(405)
        headers = {name: value for name, value in request.headers.items() if name not in _SET_BY_GUARD}
        sent = Request(str(request.url), request.method, headers, await request.aread())
        try:
            answer = await threads.run(fetch, sent, self._limits)
        except FetchError as error:
            # What is raised here would come out as a group of exceptions.
            self.problem = error
            return httpx2.Response(502)
        kept = {name: value for name, value in answer.headers.items() if name not in _OF_THE_WIRE}
        return httpx2.Response(answer.status, headers=kept, content=answer.body)


async def tools(server: McpServer) -> dict[str, dict[str, Any]]:
    """The server's tools by name, each `{description, schema}`. Raises Unusable."""
    try:
        return await _session(server, LIST_SECONDS, _listed)
    except TimeoutError:
        raise Unusable("it took too long") from None


async def call(tool: McpTool, arguments: dict[str, Any]) -> str:
    """Call the tool and return its text. Raises Changed, ToolFailed when nothing was done, EffectUnknown otherwise."""

    async def work(session: ClientSession) -> CallToolResult:
        now = (await _listed(session)).get(tool.remote_name)
        if now != tool.offered:
            raise Changed(now)
        try:
            return await session.call_tool(tool.remote_name, arguments)
        except MCPError as error:
            if error.code in _NOT_CALLED:
                raise ToolFailed(f"The server refused: {error.message}"[:MAX_REASON]) from None
            raise EffectUnknown(f"MCP error {error.code}") from None
        except (RuntimeError, ValueError) as error:  # an answer that is not what the server or the protocol promised
            raise EffectUnknown(type(error).__name__) from None

    try:
        result = await _session(tool.server, tool.timeout, work)
    except Unusable:
        raise ToolFailed("The system behind the tool cannot be reached.") from None
    text = without(_text(result), [tool.server.secret])
    if result.is_error:
        raise ToolFailed(text[:MAX_REASON] or "The server says no more.")
    return text or "It was done."


async def _session(server: McpServer, seconds: float, work: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Do `work` in a session. What it raises comes out as it is: groups of tasks would wrap it. TimeoutError after `seconds`."""
    guard = _Guarded(seconds)
    headers = {server.header: server.secret} if server.secret else {}
    done: T | Exception
    client = httpx2.AsyncClient(transport=guard, headers=headers, timeout=None)
    async with asyncio.timeout(seconds), client, streamable_http_client(server.url, http_client=client) as streams:
        async with ClientSession(*streams) as session:
            try:
                await session.initialize()
                done = await work(session)
            except Exception as error:  # noqa: BLE001 - raised below
                done = error
    if isinstance(done, MCPError | RuntimeError | ValueError):
        raise Unusable(str(guard.problem or done)[:500])
    if isinstance(done, Exception):
        raise done
    return done


async def _listed(session: ClientSession) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor))
        found |= {
            each.name: {"description": each.description or "", "schema": each.input_schema} for each in page.tools
        }
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _text(result: CallToolResult) -> str:
    parts = [getattr(part, "text", None) or f"({part.type})" for part in result.content]
    return "\n".join(parts)
