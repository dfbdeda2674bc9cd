"""A proxy between two processes, over unix or TCP sockets, that slows, slices, freezes and cuts what passes."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Address = Path | tuple[str, int]


def address_of_redis(url: str) -> Address:
    """Where the server of a REDIS_URL listens."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "unix" else (parts.hostname or "localhost", parts.port or 6379)


class Proxy:
    """Listens at `front`, passes on to `back`, on a thread of its own. The attributes may be set at any time.

    latency: seconds that each piece is held. slice: at most so many bytes a piece. cut_after: break a connection off
    once so many bytes have come back on it. cut_on: swallow a piece from behind that has these bytes, and break the
    connection off; once, then it is None again. frozen: nothing passes.
    """

    def __init__(self, front: Address, back: Address):
        self.front, self.back = front, back
        self.latency, self.slice = 0.0, 65536
        self.cut_after: int | None = None
        self.cut_on: bytes | None = None
        self.frozen = False
        self.cuts = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        if isinstance(self.front, Path):
            self._server = self._call(asyncio.start_unix_server(self._serve, self.front))
        else:
            self._server = self._call(asyncio.start_server(self._serve, *self.front))
        return self

    @property
    def url(self) -> str:
        """Where HTTP clients find it, with a front on TCP."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def reset(self) -> None:
        """Break off all connections."""
        self._call(self._reset())

    def _call(self, job: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(10)

    async def _reset(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        ours = asyncio.all_tasks() - {asyncio.current_task()}
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.back, Path):
                back_reader, back_writer = await asyncio.open_unix_connection(self.back)
            else:
                back_reader, back_writer = await asyncio.open_connection(*self.back)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back_writer}
        self._writers |= pair
        ways = [
            asyncio.create_task(self._pass(reader, back_writer, behind=False)),
            asyncio.create_task(self._pass(back_reader, writer, behind=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # the proxy ends; asyncio's own callback would call this an error
        finally:
            self._writers -= pair
            for way in ways:
                way.cancel()
            for each in pair:
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, behind: bool) -> None:
        passed = 0
        try:
            while data := await reader.read(self.slice):
                while self.frozen:
                    await asyncio.sleep(0.01)
                if self.latency:
                    await asyncio.sleep(self.latency)
                if behind and self.cut_on is not None and self.cut_on in data:
                    self.cut_on = None
                    self.cuts += 1
                    return
                passed += len(data)
                if behind and self.cut_after is not None and passed > self.cut_after:
                    self.cuts += 1
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            return
