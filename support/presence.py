"""Who of the staff is looking at what: kept in Redis by the consoles' sockets, for a few seconds at a time.

A socket says it again every three seconds. One whose process was killed is forgotten when its time is up. While Redis is away
nobody is known to look.
"""

from collections.abc import Iterable
from uuid import UUID

from config.common import events, redis

# The queue of every inbox; somebody who is limited to some shows the queues of those.
QUEUE = "queue"
SECONDS = 10
_KEY = "console.looking"

# Members are "socket target", scored with when they are forgotten, by Redis' clock.
_LOOK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""
_LOOKED_AT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. tostring(now), '+inf')
"""


def queue_of(inbox_id: UUID) -> str:
    """The part of the queue that an inbox's customers wait in."""
    return f"{QUEUE}.{inbox_id}"


def queues_of(inboxes: Iterable[UUID] | None) -> list[str]:
    """What somebody shows who has the queue open and works in these inboxes (None: in every one)."""
    return [QUEUE] if inboxes is None else [queue_of(inbox) for inbox in inboxes]


def look(socket: str, targets: list[str]) -> None:
    """Note for SECONDS that a socket shows the QUEUE, `queue_of` some inbox, or conversations by their ids; blocks."""
    try:
        redis.run(_LOOK, [_KEY], [SECONDS, *(f"{socket} {target}" for target in targets)])
    except redis.Error as error:
        events.emit(events.Event.LOOP_FAILED, "warning", loop="presence", reason=type(error).__name__)


def looked_at() -> set[str]:
    """What somebody looks at now; nothing while Redis is away. Blocks."""
    try:
        members = redis.run(_LOOKED_AT, [_KEY], [])
    except redis.Error as error:
        events.emit(events.Event.LOOP_FAILED, "warning", loop="presence", reason=type(error).__name__)
        return set()
    return {member.decode().partition(" ")[2] for member in members}
