"""Where live sessions are kept: an interface, and its Redis implementation, encrypted at rest.

A record carries its own id inside the ciphertext, and the id is compared on read: neither a reply that belongs to
another command nor a record copied to another key is taken for the right one.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from redis import WatchError

from config.common import clock, redis
from config.common.crypto import InvalidToken, box
from config.common.errors import Invalid, Unavailable
from sessions_app.tokens import Claims

RECORD_VERSION = 1
RECORD_MAX_BYTES = 16 * 1024


@dataclass(frozen=True)
class Session:
    """A live session. `generation` counts token refreshes, `generation_at` is when the present token was issued."""

    id: UUID
    inbox: UUID
    customer: UUID
    conversation: UUID
    created_at: int
    generation: int
    generation_at: int
    locale: str = "en"
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def claims(self) -> Claims:
        """What the present token says."""
        return Claims(self.id, self.inbox, self.customer, self.conversation, self.generation, self.generation_at)


class SessionStore(Protocol):
    """What services need of a store. All methods block, and raise Unavailable when the store is away."""

    def load(self, session_id: UUID) -> Session | None: ...

    def create(self, session: Session) -> None: ...

    def update(self, session_id: UUID, change: Callable[[Session], Session]) -> Session | None: ...

    def delete(self, session_id: UUID) -> None: ...


def _dump(session: Session) -> bytes:
    record = {"v": RECORD_VERSION, **asdict(session)}
    data = json.dumps(record, default=lambda value: value.hex).encode()
    if len(data) > RECORD_MAX_BYTES:
        raise Invalid(f"The session's metadata is too large; the whole record may have {RECORD_MAX_BYTES:,} bytes.")
    return box().encrypt(data)


def _load(data: bytes, session_id: UUID) -> Session | None:
    try:
        record = json.loads(box().decrypt(data))
    except InvalidToken:
        return None
    if record.pop("v") != RECORD_VERSION or record["id"] != session_id.hex:
        return None
    for name in ("id", "inbox", "customer", "conversation"):
        record[name] = UUID(record[name])
    return Session(**record)


class RedisSessionStore:
    """Sessions in Redis under `session:<id>`, expiring `SESSION_TTL_SECONDS` after their last use."""

    def _key(self, session_id: UUID) -> str:
        return f"session:{session_id.hex}"

    def load(self, session_id: UUID) -> Session | None:
        """The session, its expiry pushed back; None when there is none (any more)."""
        try:
            pipeline = redis.client().pipeline(transaction=False)
            pipeline.getex(self._key(session_id), ex=settings.SESSION_TTL_SECONDS)
            pipeline.time()
            data, (seconds, microseconds) = pipeline.execute()
        except redis.Error as error:
            raise Unavailable() from error
        clock.observe(seconds + microseconds / 1e6)
        return _load(data, session_id) if data else None

    def create(self, session: Session) -> None:
        """Store a new session."""
        data = _dump(session)
        try:
            redis.client().set(self._key(session.id), data, ex=settings.SESSION_TTL_SECONDS)
        except redis.Error as error:
            raise Unavailable() from error

    def update(self, session_id: UUID, change: Callable[[Session], Session]) -> Session | None:
        """Replace the session by `change(session)`, atomically: `change` may be called again on a conflict."""
        key = self._key(session_id)
        try:
            with redis.client().pipeline() as pipeline:
                while True:
                    pipeline.watch(key)  # type: ignore[no-untyped-call]
                    data: Any = pipeline.get(key)
                    session = _load(data, session_id) if data else None
                    if session is None:
                        return None
                    changed = change(session)
                    if changed == session:
                        return session
                    pipeline.multi()
                    pipeline.set(key, _dump(changed), ex=settings.SESSION_TTL_SECONDS)
                    try:
                        pipeline.execute()
                        return changed
                    except WatchError:
                        continue
        except redis.Error as error:
            raise Unavailable() from error

    def delete(self, session_id: UUID) -> None:
        """Forget the session."""
        try:
            redis.client().delete(self._key(session_id))
        except redis.Error as error:
            raise Unavailable() from error


store: SessionStore = RedisSessionStore()


def refreshed(session: Session, issued_at: int) -> Session:
    """The session with the next token generation."""
    return replace(session, generation=session.generation + 1, generation_at=issued_at)
