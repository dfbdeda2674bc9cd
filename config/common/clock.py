"""Time that does not trust this machine: expiries are judged by Redis' clock.

A web process whose clock is two minutes off must not accept what has expired or refuse what has not. Each look at
Redis brings its TIME along; between looks the monotonic clock carries on from there.
"""

import time
from datetime import UTC, datetime

_offset: float | None = None


def observe(server_seconds: float) -> None:
    """Take Redis' TIME (seconds since the epoch) as the present."""
    global _offset
    _offset = server_seconds - time.monotonic()


def timestamp() -> float:
    """Seconds since the epoch by the last server time seen; by the local clock until there was one."""
    return time.time() if _offset is None else time.monotonic() + _offset


def now() -> datetime:
    """`timestamp()` as an aware datetime."""
    return datetime.fromtimestamp(timestamp(), UTC)
