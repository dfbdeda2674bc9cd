"""Where the chain ended when we last looked, kept in Redis: cutting off its end takes whoever did it both stores.

It moves on only while what it names is part of the chain, so it stays where it is once the end has been cut off.
"""

from dataclasses import dataclass
from typing import cast

from config.common import clock, events, redis

_KEY = "audit:{chain}"


@dataclass(frozen=True)
class End:
    """A link of the chain; number 0 with an empty mac: before the first."""

    number: int
    mac: str


def read() -> End | None:
    """What was noted; None when nothing was, or Redis was emptied. Raises redis.Error."""
    number, mac = cast(list[bytes | None], redis.client().hmget(_KEY, ["number", "mac"]))
    return End(int(number), mac.decode()) if number is not None and mac is not None else None


def note(end: End) -> None:
    """Note the chain's end. Raises redis.Error."""
    redis.client().hset(_KEY, mapping={"number": end.number, "mac": end.mac})


def note_verdict(is_intact: bool) -> None:
    """Keep, for the metrics, how the last verification ended, and when; lost while Redis is away."""
    try:
        redis.client().hset(_KEY, mapping={"broken": int(not is_intact), "verified_at": int(clock.timestamp())})
    except redis.Error as error:
        events.emit(events.Event.AUDIT_ANCHOR_FAILED, "warning", reason=type(error).__name__)


def verdict() -> tuple[bool, float] | None:
    """Whether the chain was broken, and how many seconds ago that was found; None when nobody has looked."""
    broken, at = redis.client().hmget(_KEY, ["broken", "verified_at"])  # type: ignore[misc]
    if broken is None or at is None:
        return None
    return broken == b"1", max(0.0, clock.timestamp() - float(at))
