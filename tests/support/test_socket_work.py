"""A socket's work: one at a time, in order, and no more of it waiting than the limit says."""

import asyncio

import pytest

from support.sockets import FLOOD, MAX_QUEUED, Job, Socket


class Working(Socket):
    """A socket whose every frame is work that waits for `gate`."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[int] = []
        self.closed_with: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.frames: asyncio.Queue[dict] = asyncio.Queue()
        self.given = 0

    async def serve(self) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self.reader(self._take))

    def leave(self) -> None:
        pass

    def _take(self, record: dict) -> Job:
        number = self.given
        self.given += 1

        async def job() -> None:
            self.begun.append(number)
            await self.gate.wait()

        return job

    async def transmit(self, event: dict) -> None:
        """What the server would do with an ASGI event."""
        if event["type"] == "websocket.close":
            self.closed_with.set_result(event["code"])


async def settled(condition) -> None:
    """Return once it is so."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def all_that_follows() -> None:
    """Let the loop do whatever it can do now."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def socket():
    working = Working()
    scope = {"type": "websocket", "headers": [], "path": "/"}
    task = asyncio.create_task(working(scope, working.frames.get, working.transmit))
    working.frames.put_nowait({"type": "websocket.connect"})
    yield working
    working.frames.put_nowait({"type": "websocket.disconnect", "code": 1001})
    working.gate.set()
    await task


def send(working: Working, count: int) -> None:
    for _ in range(count):
        working.frames.put_nowait({"type": "websocket.receive", "text": '{"type": "message.read", "seq": 0}'})


async def test_work_is_done_one_by_one_and_in_order(socket):
    """Red when a second worker is started beside the first."""
    send(socket, 3)
    await settled(lambda: socket.given == 3)
    await all_that_follows()
    assert socket.begun == [0]
    socket.gate.set()
    await settled(lambda: len(socket.begun) == 3)
    send(socket, 1)
    await settled(lambda: len(socket.begun) == 4)
    assert socket.begun == [0, 1, 2, 3]


async def test_so_much_may_wait(socket):
    """One is being done, MAX_QUEUED wait, the next is too many. Red when the queue has no end, or ends one earlier."""
    send(socket, 1 + MAX_QUEUED)
    await settled(lambda: socket.given == 1 + MAX_QUEUED)
    await all_that_follows()
    assert not socket.closed_with.done()
    send(socket, 1)
    async with asyncio.timeout(5):
        assert await socket.closed_with == FLOOD
    assert socket.begun == [0]
