"""A flag with one waiter: nothing set is lost, and nothing is seen twice."""

import asyncio

import pytest

from support.autoreset import AutoResetEvent


async def waits(event: AutoResetEvent) -> bool:
    """Whether who waits now has to go on waiting; they give up."""
    waiter = asyncio.ensure_future(event.wait())
    for _ in range(3):
        await asyncio.sleep(0)
    was_waiting = not waiter.done()
    waiter.cancel()
    return was_waiting


async def test_set_before_anybody_waits():
    """Red when `set` does not keep that it was set, or `wait` does not unset it."""
    event = AutoResetEvent()
    event.set()
    event.set()
    assert not await waits(event)
    assert await waits(event)


async def test_set_while_somebody_waits():
    """Red when `set` does not wake who waits."""
    event = AutoResetEvent()
    waiter = asyncio.ensure_future(event.wait())
    await asyncio.sleep(0)
    event.set()
    event.set()
    await asyncio.wait_for(waiter, 1)
    assert await waits(event)


async def test_set_for_one_who_gave_up():
    """Red when `wait` keeps the future of who gave up: it is done, and cannot be set."""
    event = AutoResetEvent()
    waiter = asyncio.ensure_future(event.wait())
    await asyncio.sleep(0)
    waiter.cancel()
    event.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert not await waits(event)
