"""Where live sessions are kept: an interface, and its Redis implementation.

Beside the records each shard has an index, a sorted set of session ids by when they expire. A script changes both at
once, so that clean-up and key rotation find every session without searching the key space. A shard's keys carry one
hash tag: in a cluster they live on one node.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from config.common import clock, redis
from config.common.errors import Unavailable
from sessions_app import records
from sessions_app.records import Session

SHARDS = "0123456789abcdef"
# What changed is told on this channel (the id in hex), for the caches of other processes.
CHANGED = "rw.sessions"
# A session's expiry is pushed back when it was for this long not.
TOUCH_SECONDS = 60

# KEYS of all: record, index. ARGV of all: id, seconds to live.
_LOAD = """
local data = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local seconds = tonumber(ARGV[2])
if data then
  local left = redis.call('TTL', KEYS[1])
  if left < seconds - tonumber(ARGV[3]) or left > seconds then
    redis.call('EXPIRE', KEYS[1], seconds)
    redis.call('ZADD', KEYS[2], time[1] + seconds, ARGV[1])
  end
end
return {data, time[1], time[2]}
"""
_CREATE = """
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('TIME')[1] + ARGV[2], ARGV[1])
"""
# Further ARGV: the record as it was read, the new one, the channel.
_REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[2])
redis.call('ZADD', KEYS[2], redis.call('TIME')[1] + ARGV[2], ARGV[1])
redis.call('PUBLISH', ARGV[5], ARGV[1])
return 1
"""
_DELETE = """
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
"""


class SessionStore(Protocol):
    """What services need of a store. All methods block, and raise Unavailable when the store is away."""

    def load(self, session_id: UUID) -> Session | None: ...

    def create(self, session: Session) -> None: ...

    def update(self, session_id: UUID, change: Callable[[Session], Session]) -> Session | None: ...

    def delete(self, session_id: UUID) -> bool: ...


def record_key(session_id: UUID) -> str:
    """The key of a session's record."""
    return f"session:{{{session_id.hex[0]}}}:{session_id.hex}"


def index_key(shard: str) -> str:
    """The key of the index of a shard, one of SHARDS: the first hex digit of its sessions' ids."""
    return f"sessions:{{{shard}}}"


def listed(shard: str) -> Iterator[list[UUID]]:
    """The ids in a shard's index, in batches. What is there throughout is met, though maybe twice. Raises redis.Error."""
    cursor = 0
    while True:
        cursor, found = redis.client().zscan(index_key(shard), cursor, count=100)  # type: ignore[misc]
        yield [UUID(member.decode()) for member, _ in found]  # type: ignore[union-attr]
        if not cursor:
            return


class RedisSessionStore:
    """Sessions in Redis, expiring `SESSION_TTL_SECONDS` after their last use, give or take a minute."""

    def load(self, session_id: UUID) -> Session | None:
        """The session, its expiry pushed back; None when there is none (any more)."""
        grain = min(TOUCH_SECONDS, settings.SESSION_TTL_SECONDS // 10)
        data, seconds, microseconds = self._run(_LOAD, session_id, grain)
        clock.observe(int(seconds) + int(microseconds) / 1e6)
        return records.load(data, session_id) if data else None

    def create(self, session: Session) -> None:
        """Store a new session; Invalid when its record is too large."""
        self._run(_CREATE, session.id, records.dump(session))

    def update(self, session_id: UUID, change: Callable[[Session], Session]) -> Session | None:
        """Replace the session by `change(session)`, atomically: `change` may be called again on a conflict."""
        while True:
            try:
                data: Any = redis.client().get(record_key(session_id))
            except redis.Error as error:
                raise Unavailable() from error
            session = records.load(data, session_id) if data else None
            if session is None:
                return None
            changed = change(session)
            if changed == session or self._run(_REPLACE, session_id, data, records.dump(changed), CHANGED):
                return changed

    def delete(self, session_id: UUID) -> bool:
        """Forget the session; returns whether there was a record."""
        return bool(self._run(_DELETE, session_id, CHANGED))

    def _run(self, script: str, session_id: UUID, *args: Any) -> Any:
        keys = [record_key(session_id), index_key(session_id.hex[0])]
        try:
            return redis.run(script, keys, [session_id.hex, settings.SESSION_TTL_SECONDS, *args])
        except redis.Error as error:
            raise Unavailable() from error


store: SessionStore = RedisSessionStore()
