"""A scripted OpenAI-compatible server on a real socket: the only double in the tests.

A test scripts what the model says to messages that contain a marker; everything else gets a plain cited answer.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn

PLAIN = ("You ", "find ", "this ", "in the ", "help ", "centre ", "[1].")


@dataclass
class Say:
    """One scripted completion.

    pieces: the text, piece by piece. tool: (name, arguments as JSON text). status: an HTTP error instead, of this code. cut: break
    the connection off after the pieces. finish: the finish_reason, None for a stream that just ends.
    counts: the tokens that it says it read and wrote; None: it says nothing of them.
    hold: wait for this event after the first piece; reached is set when that point is reached.
    silent: say nothing before this event. left: set when who asked went away before the end. raw: these `data:` lines instead of all else. linger: after the last line
    keep the connection open until this event.
    """

    pieces: tuple[str, ...] = PLAIN
    tool: tuple[str, str] | None = None
    status: int = 200
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    finish: str | None = "stop"
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    pause: float = 0.0
    silent: threading.Event | None = None
    left: threading.Event = field(default_factory=threading.Event)
    raw: tuple[str, ...] | None = None
    counts: tuple[int, int] | None = (100, 20)
    linger: threading.Event | None = None


class ModelServer:
    """The server, on a thread of its own."""

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self._scripts: dict[str, deque[Say]] = {}
        self._lock = threading.Lock()
        # Longer than any client keeps a connection: none is closed under a request that is on its way.
        kept = 600
        config = uvicorn.Config(
            self._app, interface="asgi3", port=0, log_level="error", lifespan="off", timeout_keep_alive=kept
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(5)

    @property
    def base_url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/v1"

    def script(self, marker: str, *says: Say) -> None:
        """What to say, call by call, when the newest customer message contains `marker`; the last is repeated."""
        with self._lock:
            self._scripts[marker] = deque(says)

    @contextmanager
    def scripted(self) -> Iterator[None]:
        """What is scripted meanwhile is forgotten afterwards."""
        before = dict(self._scripts)
        try:
            yield
        finally:
            with self._lock:
                self._scripts = before

    def calls(self, marker: str) -> list[dict]:
        """The requests whose messages contain `marker`."""
        with self._lock:
            return [request for request in self.requests if marker in json.dumps(request["messages"])]

    def _next(self, request: dict) -> Say:
        users = [message["content"] for message in request["messages"] if message["role"] == "user"]
        with self._lock:
            self.requests.append(request)
            for marker, says in self._scripts.items():
                if users and marker in users[-1]:
                    return says.popleft() if len(says) > 1 else says[0]
        return Say()

    async def _app(self, scope: dict, receive: Callable, send: Callable) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if not scope["path"].endswith("/chat/completions"):
            await _respond(send, 404, {"error": {"message": "no such path"}})
            return
        say = self._next(json.loads(body))
        if say.status != 200:
            await _respond(send, say.status, {"error": {"message": "scripted", "code": say.code}}, say.headers)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        watch = asyncio.create_task(_notice(receive, say.left))
        try:
            await self._stream(say, send)
        finally:
            watch.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _stream(self, say: Say, send: Callable) -> None:
        async def event(chunk: dict | str) -> None:
            data = chunk if isinstance(chunk, str) else json.dumps(chunk)
            await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})

        async def delta(content: dict, finish: str | None = None) -> None:
            await event({"choices": [{"index": 0, "delta": content, "finish_reason": finish}]})

        await _until(say.silent)
        if say.raw is not None:
            for line in say.raw:
                await event(line)
            await _until(say.linger)
            return
        if say.tool:
            name, arguments = say.tool
            function = {"name": name, "arguments": arguments}
            await delta({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
            await delta({}, "tool_calls")
        else:
            for number, piece in enumerate(say.pieces):
                await delta({"content": piece})
                if number == 0:
                    say.reached.set()
                    await _until(say.hold)
                if say.pause:
                    await asyncio.sleep(say.pause)
            if say.cut:
                raise ConnectionAbortedError("scripted")
            if say.finish is None:
                return
            await delta({}, say.finish)
        if say.counts is not None:
            read, written = say.counts
            await event({"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": written}})
        await event("[DONE]")


async def _notice(receive: Callable, left: threading.Event) -> None:
    """Whoever asked goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    left.set()


async def _until(gate: threading.Event | None) -> None:
    while gate is not None and not gate.is_set():
        await asyncio.sleep(0.005)


async def _respond(send: Callable, status: int, document: dict, headers: dict[str, str] | None = None) -> None:
    listed = [(b"content-type", b"application/json")]
    listed += [(key.encode(), value.encode()) for key, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})
