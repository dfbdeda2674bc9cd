"""Time that does not trust this machine: expiries are judged by Redis' clock.

A web process whose clock is two minutes off must not accept what has expired or refuse what has not. Each look at
Redis brings its TIME along; between looks the monotonic clock carries on from there. A process that has not looked
yet does so when it is asked for the time.
"""

import time
from datetime import UTC, datetime

from config.common import redis

_offset: float | None = None


def observe(server_seconds: float) -> None:
    """Take Redis' TIME (seconds since the epoch) as the present."""
    global _offset
    _offset = server_seconds - time.monotonic()


def timestamp() -> float:
    """Seconds since the epoch by Redis' clock; by the local one while Redis is away and was never seen. May block."""
    if _offset is None:
        try:
            seconds, microseconds = redis.client().time()  # type: ignore[misc]
        except redis.Error:
            return time.time()
        observe(seconds + microseconds / 1e6)
        return timestamp()
    return time.monotonic() + _offset


def now() -> datetime:
    """`timestamp()` as an aware datetime."""
    return datetime.fromtimestamp(timestamp(), UTC)
