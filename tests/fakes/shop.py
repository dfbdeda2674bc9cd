"""A shop's service on a real socket: it takes orders, and remembers what was done."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hold:
    """Let a request wait: `reached` once it is there and has had its effect, answered when `release` is set."""

    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class Shop:
    """The service. `effects`: what was done, in order; `calls`: what was asked, repetitions included."""

    def __init__(self) -> None:
        self.effects: list[dict] = []
        self.calls: list[dict] = []
        self.holds: dict[str, Hold] = {}
        self.refuses: set[str] = set()
        self.breaks: set[str] = set()
        self._lock = threading.Lock()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(*shop.answer(self.path, {}, self.headers["Idempotency-Key"] or ""))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._say(*shop.answer(self.path, body, self.headers["Idempotency-Key"] or ""))

            def _say(self, status: int, text: str) -> None:
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    pass  # whoever asked is gone

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> "Shop":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for hold in self.holds.values():
            hold.release.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hold(self, item: str) -> Hold:
        """Requests about this item wait after their effect."""
        self.holds[item] = Hold()
        return self.holds[item]

    def done(self, item: str) -> list[dict]:
        """The effects about this item."""
        with self._lock:
            return [effect for effect in self.effects if effect["item"] == item]

    def answer(self, path: str, body: dict, key: str) -> tuple[int, str]:
        """What a request gets, and does."""
        call = {"path": path, "key": key, **body}
        item = body.get("item", path.rsplit("/", 1)[-1])
        with self._lock:
            self.calls.append(call)
            if item in self.refuses:
                return 422, f"There is no {item}."
            known = path.endswith("/once") and any(effect["key"] == key for effect in self.effects)
            if body and not known:
                self.effects.append(call)
        if item in self.holds:
            self.holds[item].reached.set()
            self.holds[item].release.wait(60)
        if item in self.breaks:
            return 500, "broken"
        return 200, f"The shop has taken {item}." if body else json.dumps({"number": item, "state": "on its way"})
