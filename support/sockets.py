"""What the customers' and the staff's sockets have in common: one reader, one worker, writers, and close codes.

The reader never waits for the database: what needs it goes into a bounded queue that one worker empties in order, so
that a slow query delays neither heartbeats nor other sockets. The worker is there while there is work: thousands of
sockets are idle, and each task is a kilobyte.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from channels.consumer import AsyncConsumer

from config.common import errors, events, metrics
from config.common.address import client_address, is_trusted
from config.common.api import to_domain
from sessions_app import sites
from support import observing, protocol
from support.feed import TooSlow

RESTART, EXPIRED, TOO_SLOW, FLOOD, UNKNOWN_POSITION = 1012, 4001, 4002, 4003, 4004
ENDED, NO_FIRST_FRAME, FORBIDDEN_ORIGIN = 4500, 4501, 4502

# A reader that lets one frame wait for so long is not there any more.
SEND_SECONDS = 20.0
MAX_QUEUED = 256
# Frames per socket: a burst, then so many a second.
FRAMES_BURST, FRAMES_PER_SECOND = 600, 60


Job = Callable[[], Awaitable[None]]


class Close(Exception):
    """End the socket with this code."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Disconnected(Exception):
    """The other side is gone."""


class Socket(AsyncConsumer):
    """One WebSocket. Subclasses say how it `open`s and what its frames do.

    It takes part in no channel layer: the process's hub does, for all its sockets. Channels' own dispatch, which
    looks after database connections on one thread for all sockets, is not used.
    """

    kind: observing.SocketKind = "customer"
    language = protocol.CUSTOMER
    _tasks: asyncio.TaskGroup

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self._receive = receive
        self._transmit = send
        self._sending = asyncio.Lock()
        self._jobs: list[Job] = []
        self._allowance, self._counted_at = float(FRAMES_BURST), time.monotonic()
        await self._receive()
        await self._transmit({"type": "websocket.accept"})
        is_open = metrics.SOCKETS_OPEN.labels(self.kind)
        is_open.inc()
        try:
            await self.serve()
        except* Close as group:
            close = _first(group)
            if close.code in {FORBIDDEN_ORIGIN, NO_FIRST_FRAME, ENDED}:
                events.emit(events.Event.SOCKET_REFUSED, code=close.code, reason=close.reason)
            await self._close(close)
        except* (Disconnected, OSError):
            pass
        except* Exception as group:  # noqa: BLE001 - reported; the client reconnects
            events.emit(events.Event.FRAME_FAILED, "exception", reason=type(_first(group)).__name__)
            await self._close(Close(RESTART))
        finally:
            is_open.dec()
            self.leave()

    async def serve(self) -> None:
        """The life of the socket after its acceptance, in the group `_tasks`; ends by Close or Disconnected."""
        raise NotImplementedError

    def leave(self) -> None:
        """The socket is gone: let go of everything."""
        raise NotImplementedError

    async def _close(self, close: Close) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._transmit({"type": "websocket.close", "code": close.code, "reason": close.reason})
        except (OSError, RuntimeError, TimeoutError):
            pass  # gone already
        observing.closed(self.kind, close.code)
        events.emit(events.Event.SOCKET_CLOSED, "debug", code=close.code)

    # -- Origin -------------------------------------------------------------------------------

    def header(self, name: bytes) -> str | None:
        """A request header of the handshake."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), None)

    @property
    def client_address(self) -> str:
        """Where the client connects from, past trusted proxies; `local` when it came through a unix socket."""
        peer = (self.scope.get("client") or ("",))[0]
        return client_address(peer or "local", self.header(b"x-forwarded-for") or "")

    def is_ours(self, origin: str) -> bool:
        """Whether `origin` is the very server that was asked."""
        peer = (self.scope.get("client") or ("",))[0]
        forwarded = self.header(b"x-forwarded-proto") if is_trusted(peer) else None
        secure = self.scope.get("scheme") == "wss" or forwarded == "https"
        return sites.is_ours(origin, self.header(b"host") or "", secure)

    # -- Reading ------------------------------------------------------------------------------

    async def read(self) -> dict[str, Any]:
        """The next frame, decoded; Disconnected, or the error that answers a frame that is none."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            observing.closed(self.kind, message.get("code") or 1005)
            raise Disconnected()
        now = time.monotonic()
        refill = (now - self._counted_at) * FRAMES_PER_SECOND
        self._allowance, self._counted_at = min(FRAMES_BURST, self._allowance + refill) - 1, now
        if self._allowance < 0:
            raise Close(FLOOD, "too many frames")
        return protocol.decode(message.get("text"))

    async def reader(self, take: Callable[[dict[str, Any]], Job | None]) -> NoReturn:
        """Hand every frame to `take`, which must not wait: what has to is a job that it returns. Answer what it raises."""
        while True:
            record: dict[str, Any] = {}
            try:
                record = await self.read()
                job = take(record)
            except errors.DomainError as error:
                self.refuse(error, record)
                continue
            if job is None:
                observing.counted(self.kind, record["type"])
            else:
                self._later(record, job)

    def _later(self, record: dict[str, Any], job: Job) -> None:
        """Queue work on a frame; its errors answer the frame. Close(FLOOD) when too much is queued."""
        arrived = time.perf_counter()

        async def answered() -> None:
            with observing.frame(self.kind, record["type"], arrived) as span:
                try:
                    await job()
                    observing.counted(self.kind, record["type"])
                except (Close, Disconnected, TooSlow):
                    raise
                except Exception as error:  # noqa: BLE001 - any error ends in a frame, the socket lives
                    domain = to_domain(error)
                    if domain is None:
                        events.emit(events.Event.FRAME_FAILED, "exception", frame=record["type"])
                    span.failed((domain or errors.DomainError()).code)
                    self.refuse(domain or errors.DomainError(), record)

        if len(self._jobs) > MAX_QUEUED:
            raise Close(FLOOD, "too many frames")
        self._jobs.append(answered)
        if len(self._jobs) == 1:
            self._tasks.create_task(self._work_off())

    async def _work_off(self) -> None:
        """Do the queued work, in order; what is being done is the first."""
        while self._jobs:
            try:
                await self._jobs[0]()
            except TooSlow:
                raise Close(TOO_SLOW, "too slow") from None
            self._jobs.pop(0)

    # -- Writing ------------------------------------------------------------------------------

    def refuse(self, error: errors.DomainError, record: dict[str, Any]) -> None:
        """Answer a frame with an `error` frame."""
        request_id = observing.request_id()
        type_ = record.get("type")
        observing.counted(self.kind, type_ if type_ in self.language.types else "unknown", error.code)
        if error.status >= 500:
            events.emit(events.Event.FRAME_FAILED, "warning", request_id=request_id, code=error.code)
        try:
            self.answer(errors.frame(error, request_id, protocol.client_id_of(record)))
        except TooSlow:
            raise Close(TOO_SLOW, "too slow") from None

    def answer(self, frame: dict[str, Any]) -> None:
        """Queue a frame for this client alone. Raises TooSlow when too many wait."""
        raise NotImplementedError

    async def send_frame(self, frame: dict[str, Any]) -> None:
        """Write one frame, waiting while the client's side is full; Close(TOO_SLOW) when that takes too long."""
        text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self._transmit({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Close(TOO_SLOW, "too slow") from None


class NotHere(Socket):
    """A path without a socket."""

    async def serve(self) -> None:
        """Say so."""
        raise Close(FORBIDDEN_ORIGIN, "there is nothing here")

    def leave(self) -> None:
        """Nothing was taken."""


def _first(group: BaseException) -> Any:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group
