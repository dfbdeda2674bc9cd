"""Finding live sessions by what is inside their records: one shard after the other, in batches."""

from collections.abc import Callable, Iterator
from uuid import UUID

from config.common import redis
from config.common.errors import Unavailable
from sessions_app import records
from sessions_app.records import Session
from sessions_app.store import SHARDS, listed, record_key


def readable(session_ids: list[UUID]) -> list[Session]:
    """Those of one shard's sessions whose records can be read by this release. Raises redis.Error."""
    found: list[Session] = []
    if not session_ids:
        return found
    stored = redis.client().mget([record_key(session_id) for session_id in session_ids])
    for session_id, data in zip(session_ids, stored, strict=True):  # type: ignore[arg-type]
        try:
            session = records.load(data, session_id) if isinstance(data, bytes) else None
        except records.Newer:
            continue
        if session is not None:
            found.append(session)
    return found


def matching(belongs: Callable[[Session], bool]) -> Iterator[Session]:
    """The live sessions of which `belongs` is true, each once. All of them are decrypted. Raises Unavailable."""
    seen: set[UUID] = set()
    try:
        for shard in SHARDS:
            for batch in listed(shard):
                for session in readable(batch):
                    if session.id not in seen and belongs(session):
                        seen.add(session.id)
                        yield session
    except redis.Error as error:
        raise Unavailable() from error
