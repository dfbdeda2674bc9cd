"""A receiver of webhooks on a real socket: answers as it is told to, and keeps what it was sent."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Answer:
    """status, body and headers; `wait` is waited for first, `send` instead writes to the connection by itself."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None
    send: Callable[[Any], None] | None = None


class Receiver:
    """`script` holds the next answers; when it is empty, `answer` is given."""

    def __init__(self, host: str = "127.0.0.2", port: int = 0) -> None:
        self.answer = Answer()
        self.script: list[Answer] = []
        self.received: list[Received] = []
        self._arrived = threading.Condition()
        self._server = _server(self, host, port)
        self.port = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, request: Received) -> Answer:
        """Keep a request; returns how it is answered."""
        with self._arrived:
            self.received.append(request)
            self._arrived.notify_all()
            return self.script.pop(0) if self.script else self.answer

    def wait(self, count: int, seconds: float = 60) -> list[Received]:
        """What came, once there are `count` requests."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, seconds), f"{len(self.received)} came"
            return list(self.received)

    def types(self) -> list[str]:
        """The types of what came, in order."""
        return [request.json["type"] for request in self.received]


def _server(receiver: Receiver, host: str, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Received(self.path, headers, body))
            if answer.wait is not None:
                answer.wait.wait(60)
            if answer.send:
                answer.send(self)
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests want."""

    return Server((host, port), Handler)
