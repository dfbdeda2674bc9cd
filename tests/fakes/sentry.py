"""A Sentry on a real socket: keeps the events that are sent to it."""

import gzip
import json
from typing import Any

from tests.fakes.receiver import Received, Receiver


class SentryServer(Receiver):
    """All events that came."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.dsn = f"http://publickey@127.0.0.1:{self.port}/1"

    def events(self) -> list[dict[str, Any]]:
        """What has come so far, of the type `event`."""
        return [event for request in list(self.received) for event in _events(request)]

    def until(self, seconds: float = 90, **tags: str) -> dict[str, Any]:
        """The first event with these tags."""

        def found() -> list[dict[str, Any]]:
            return [event for event in self.events() if tags.items() <= event["tags"].items()]

        with self._arrived:
            assert self._arrived.wait_for(found, seconds), self.events()
        return found()[0]

    def everything(self) -> bytes:
        """The bodies as they came over the wire, decompressed."""
        return b"".join(_body(request) for request in list(self.received))


def _body(request: Received) -> bytes:
    return gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body


def _events(request: Received) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in _body(request).splitlines()[1:]]
    return [item for header, item in zip(lines[::2], lines[1::2], strict=True) if header.get("type") == "event"]
