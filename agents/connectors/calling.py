"""The functions behind configured tools: they read the row again, with its credential, and make the call."""

from collections.abc import Awaitable, Callable
from typing import Any

from agents.connectors import http, mcp_tools, templates, threads
from agents.connectors.models import HttpTool
from agents.registry import ToolContext, ToolFailed, ToolResult
from config.common import db

Function = Callable[..., Awaitable[ToolResult]]

_GONE = "This tool is not available any more."


def http_tool(pk: int, hidden: frozenset[str]) -> Function:
    """Calls the HTTP tool of that row; `hidden` names the arguments that are secret."""

    async def function(context: ToolContext, /, **arguments: Any) -> ToolResult:
        row = await db.run(HttpTool.objects.filter(pk=pk, enabled=True).first)
        if row is None:
            raise ToolFailed(_GONE)
        call = http.Call(row, arguments, context.who, context.key, hidden)
        return ToolResult(await threads.run(http.make, call))

    return function


def mcp_tool(pk: int) -> Function:
    """Calls the tool of an MCP server; one that is not what was allowed any more is suspended instead."""
    from agents.connectors import mcp  # the SDK takes most of a second to import: for those who have such tools

    async def function(context: ToolContext, /, **arguments: Any) -> ToolResult:
        row = await db.run(mcp_tools.usable().filter(pk=pk).first)
        if row is None:
            raise ToolFailed(_GONE)
        arguments |= templates.given(row.filled, templates.Values({}, context.who))
        try:
            return ToolResult(await mcp.call(row, arguments))
        except mcp.Changed as change:
            await db.run(mcp_tools.suspend, pk, change.now)
            raise ToolFailed("This tool has changed, and has to be looked at by an administrator first.") from None

    return function
