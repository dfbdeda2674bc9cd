"""Somebody's HTTP API on a real socket: it answers what it is told to, and keeps each request as it came."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What a request gets. cut: the connection ends in the middle of the body. hold: wait for this before answering."""

    body: bytes = b"{}"
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """A request. target: path and query, as they were on the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class System:
    """`answer` is what every request gets; `asked` what came."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.asked: list[Asked] = []
        system = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                system.asked.append(Asked(self.command, self.path, headers, body))
                answer = system.answer
                if answer.hold:
                    answer.hold.wait(30)
                self.send_response(answer.status)
                sent = {"Content-Type": answer.kind, "Content-Length": str(len(answer.body))} | answer.headers
                for name, value in sent.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                """Silence."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    pass  # whoever asked is gone

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> "System":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.answer.hold:
            self.answer.hold.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def says(self, document, status: int = 200, **more) -> None:
        """Answer with a JSON document from now on."""
        self.answer = Answer(json.dumps(document).encode(), status, **more)
