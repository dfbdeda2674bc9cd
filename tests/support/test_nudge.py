"""A flag with one waiter: nothing set is lost, and nothing is seen twice."""

import asyncio

import pytest

from support.nudge import Nudge


async def waits(nudge: Nudge) -> bool:
    """Whether who waits now has to go on waiting; they give up."""
    waiter = asyncio.ensure_future(nudge.wait())
    for _ in range(3):
        await asyncio.sleep(0)
    was_waiting = not waiter.done()
    waiter.cancel()
    return was_waiting


async def test_set_before_anybody_waits():
    """Red when `set` does not keep that it was set, or `wait` does not unset it."""
    nudge = Nudge()
    nudge.set()
    nudge.set()
    assert not await waits(nudge)
    assert await waits(nudge)


async def test_set_while_somebody_waits():
    """Red when `set` does not wake who waits."""
    nudge = Nudge()
    waiter = asyncio.ensure_future(nudge.wait())
    await asyncio.sleep(0)
    nudge.set()
    nudge.set()
    await asyncio.wait_for(waiter, 1)
    assert await waits(nudge)


async def test_set_for_one_who_gave_up():
    """Red when `wait` keeps the future of who gave up: it is done, and cannot be set."""
    nudge = Nudge()
    waiter = asyncio.ensure_future(nudge.wait())
    await asyncio.sleep(0)
    waiter.cancel()
    nudge.set()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert not await waits(nudge)
