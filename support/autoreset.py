"""An auto-reset event: an asyncio.Event that unsets itself for its one waiter.

There is no queue of waiters: that would be a kilobyte for each of thousands of sockets.
"""

import asyncio


class AutoResetEvent:
    """Set by anybody on the loop; one task waits, again and again."""

    __slots__ = ("_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Wake the one who waits, or who will."""
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Return once it is set, and unset it."""
        while not self._is_set:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._is_set = False
