"""A lock across processes, in Redis: so that a job that runs everywhere is done once.

It saves work and decides nothing: a process that stalls, or a Redis that fails over, can let two hold it at once. What
must not happen twice is fenced in PostgreSQL.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import LockNotOwnedError
from redis.lock import Lock as RedisLock

from config.common import events, redis
from config.common.errors import Conflict, Unavailable


class HeldByAnother(Conflict):
    """Somebody else is at it."""

    default_detail = "Another process is doing this at the moment."


class Lost(Exception):
    """The lock ran out, or was taken away: somebody else may be at it by now."""


class Held:
    """A lock in our hands, extended by a thread every third of its time to live."""

    def __init__(self, lock: RedisLock, seconds: float, until: float) -> None:
        self._lock, self._seconds, self._until = lock, seconds, until
        self._over = threading.Event()
        self._taken = False
        self._thread = threading.Thread(target=self._extend, name=f"lock {lock.name!r}", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """Whether somebody else may hold it by now."""
        return self._taken or time.monotonic() >= self._until

    def check(self) -> None:
        """Raise Lost if somebody else may hold it by now: between two steps of a long job."""
        if self.lost:
            raise Lost()

    def _extend(self) -> None:
        while not self._over.wait(self._seconds / 3) and not self.lost:
            until = time.monotonic() + self._seconds
            try:
                self._lock.reacquire()
                self._until = until
            except LockNotOwnedError:
                self._taken = True
            except redis.Error:
                continue  # once more, until its time is over
        if self.lost:
            events.emit(events.Event.LOCK_LOST, "warning", lock=str(self._lock.name))

    def release(self) -> None:
        """Let go of it, if it is still ours: Redis compares the token before it deletes."""
        self._over.set()
        self._thread.join()
        try:
            self._lock.release()
        except redis.Error:
            pass  # it runs out by itself, or is another's already


@contextmanager
def hold(name: str, seconds: float = 15.0) -> Iterator[Held]:
    """Hold the lock `name` while the block runs; without our heartbeat it runs out after `seconds`.

    Raises at once HeldByAnother when somebody else has it, Unavailable when Redis cannot be asked.
    """
    until = time.monotonic() + seconds
    try:
        # The token belongs to the object, not to the thread: the heartbeat has a thread of its own.
        lock = redis.client().lock(f"lock:{name}", timeout=seconds, blocking=False, thread_local=False)
        if not lock.acquire():
            raise HeldByAnother()
    except redis.Error as error:
        raise Unavailable() from error
    held = Held(lock, seconds, until)
    try:
        yield held
    finally:
        held.release()
