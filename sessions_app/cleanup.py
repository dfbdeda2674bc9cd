"""Removing what is left of sessions: entries of expired records, records of revoked sessions and of deleted customers.

All of it in batches, found through the index of each shard and not by searching the key space.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from config.common import redis
from sessions_app import finding, tokens
from sessions_app.models import Customer, SessionRevocation
from sessions_app.store import index_key, listed, record_key, store

BATCH = 200
# KEYS: index, records. ARGV: their ids. An entry whose record lives on gets the expiry of the record.
_FORGET_EXPIRED = """
local now, gone = redis.call('TIME')[1], 0
for i = 2, #KEYS do
  local left = redis.call('TTL', KEYS[i])
  if left == -2 then
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[i - 1])
  else
    redis.call('ZADD', KEYS[1], now + math.max(left, 1), ARGV[i - 1])
  end
end
return gone
"""


def forget_expired(shard: str) -> int:
    """Remove entries of sessions that have expired; returns how many. Raises redis.Error."""
    client, index, removed = redis.client(), index_key(shard), 0
    due, _ = client.time()  # type: ignore[misc]
    while True:
        members = client.zrange(index, "-inf", due, byscore=True, offset=0, num=BATCH)
        if not members:
            return removed
        ids = [member.decode() for member in members]  # type: ignore[union-attr]
        keys = [index, *(record_key(UUID(session_id)) for session_id in ids)]
        removed += redis.run(_FORGET_EXPIRED, keys, ids)


def delete_revoked() -> int:
    """Delete records of sessions that were ended while Redis was away; returns how many. Raises Unavailable."""
    alive = Now() - timedelta(seconds=settings.SESSION_TTL_SECONDS)
    rows = SessionRevocation.objects.filter(revoked_at__gt=alive).values_list("session_id", flat=True)
    return sum(store.delete(session_id) for session_id in rows.iterator(chunk_size=BATCH))


def delete_ownerless(shard: str) -> int:
    """Delete records of customers that are no more; returns how many. Raises redis.Error and Unavailable."""
    removed = 0
    for batch in listed(shard):
        owners = {session.id: session.customer for session in finding.readable(batch)}
        known = set(Customer.objects.filter(id__in=set(owners.values())).values_list("id", flat=True))
        removed += sum(store.delete(session) for session, customer in owners.items() if customer not in known)
    return removed


def forget_revocations() -> int:
    """Forget revocations of sessions whose every token and record is long dead; returns how many.

    An expired token still proves its conversation (`previous_token`), so a revocation outlives the session's TTL by
    a year.
    """
    dead_since = timezone.now() - timedelta(days=365, seconds=settings.SESSION_TTL_SECONDS + tokens.LIFETIME_SECONDS)
    removed = 0
    while True:
        batch = SessionRevocation.objects.filter(revoked_at__lt=dead_since)[:BATCH].values("pk")
        gone, _ = SessionRevocation.objects.filter(pk__in=list(batch.values_list("pk", flat=True))).delete()
        if not gone:
            return removed
        removed += gone
