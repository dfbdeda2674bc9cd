"""A web site on a real socket, that counts its connections."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """An answer. `send` instead writes to the connection by itself."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    send: Callable[[Any], None] | None = None


class Site:
    """`pages` maps paths to pages. `connections` counts what was accepted; `requests` are (path, headers)."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.pages: dict[str, Page] = {}
        self.connections = 0
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._server = _server(self, host, port)
        self.port = self._server.server_address[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def html(self, path: str, text: str, **headers: str) -> None:
        """Put a page of HTML at `path`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"} | more)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Send visitors of `path` elsewhere."""
        self.pages[path] = Page(status=status, headers={"Location": to})

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for path, _ in self.requests]


def _server(site: Site, host: str, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = site.pages.get(self.path, Page(b"not found", 404))
            if page.send:
                page.send(self)
                return
            etag = page.headers.get("ETag")
            fresh = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if fresh else page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in page.headers:
                self.send_header("Content-Length", "0" if fresh else str(len(page.body)))
            self.end_headers()
            if not fresh:
                self.wfile.write(page.body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Silence."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def get_request(self) -> Any:
            accepted = super().get_request()
            site.connections += 1
            return accepted

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests want."""

    return Server((host, port), Handler)
