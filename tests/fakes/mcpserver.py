"""A real MCP server, made with the official SDK, on a real socket and a thread of its own."""

import threading
from collections.abc import Callable

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

SECRET = "Bearer mcp-secret-1"


class Mcp:
    """`done` is what its tools did; `requests` the HTTP requests it got, as (method, authorization)."""

    def __init__(self, *, json_response: bool = False) -> None:
        self.done: list[tuple] = []
        self.requests: list[tuple[str, str]] = []
        self.server = MCPServer("tickets", log_level="CRITICAL")
        self.server.add_tool(self._find, "find-ticket", description="Find a ticket by its number.")
        self.server.add_tool(self._close, "close_ticket", description="Close a ticket.")
        self._app = self.server.streamable_http_app(json_response=json_response)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(self._guarded, interface="asgi3", port=0, log_level="critical", lifespan="on")
        )
        self._thread = threading.Thread(target=self._uvicorn.run, daemon=True)

    async def _find(self, number: int) -> str:
        if number == 404:
            raise ToolError("There is no ticket 404.")
        if number == 1_000:
            return "x" * 10_000
        return f"Ticket {number} is open. {SECRET}" if number == 7 else f"Ticket {number} is open."

    async def _close(self, number: int, note: str = "") -> str:
        self.done.append((number, note))
        return "Closed."

    def replace(self, name: str, function: Callable, description: str) -> None:
        """The tool becomes another one, under the same name."""
        self.server.remove_tool(name)
        self.server.add_tool(function, name, description=description)

    async def _guarded(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        self.requests.append((scope["method"], given))
        if given == SECRET:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def __enter__(self) -> "Mcp":
        self._thread.start()
        while not self._uvicorn.started:
            assert self._thread.is_alive(), "the MCP server did not start"
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._uvicorn.should_exit = True
        self._uvicorn.force_exit = True
        self._thread.join(5)

    @property
    def url(self) -> str:
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/mcp"
