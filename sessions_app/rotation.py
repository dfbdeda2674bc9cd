"""Bringing live sessions under the newest encryption key, without losing what is written to them meanwhile."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from config.common import redis
from config.common.rotation import Outcome, outcome
from sessions_app.store import SHARDS, index_key, listed, record_key

# Keeps the time to live; version and content of the record do not matter here.
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""


def count() -> int:
    """About how many sessions there are. Raises redis.Error."""
    return sum(redis.client().zcard(index_key(shard)) for shard in SHARDS)  # type: ignore[misc]


def renew_sessions() -> Iterator[Counter[Outcome]]:
    """Renew all sessions, batch by batch. Raises redis.Error."""
    for shard in SHARDS:
        for batch in listed(shard):
            yield Counter(_renew(session_id) for session_id in batch)


def _renew(session_id: UUID) -> Outcome:
    key = record_key(session_id)
    data = redis.client().get(key)
    if not isinstance(data, bytes):
        return "gone"
    return outcome(data, lambda new: bool(redis.run(_RENEW, [key], [data, new])))
