"""A session, and its record: versioned, bounded, encrypted.

A record carries its own id inside the ciphertext, and the id is compared on read: neither a reply that belongs to
another command nor a record copied to another key is taken for the right one.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from config.common import events
from config.common.crypto import InvalidToken, box
from config.common.errors import Invalid, Unavailable
from sessions_app.tokens import Claims

VERSION = 1
MAX_BYTES = 16 * 1024

Record = dict[str, Any]
# How a record of an older version becomes one of the next: `{1: from_1_to_2}` once VERSION is 2. Whoever changes the
# fields of Session raises VERSION and adds a line, so that nobody is signed out by an update.
UPGRADES: dict[int, Callable[[Record], Record]] = {}


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

    def refreshed(self, issued_at: int) -> "Session":
        """The session with the next token generation."""
        return replace(self, generation=self.generation + 1, generation_at=issued_at)


class Newer(Unavailable):
    """The record is of a version that only a newer release knows; it is left as it is for that one."""

    default_detail = "This session is in use by a newer release of this service. Please try again in a moment."


def dump(session: Session) -> bytes:
    """The encrypted record; Invalid when it is larger than MAX_BYTES before encryption."""
    data = json.dumps({"v": VERSION, **asdict(session)}, default=lambda value: value.hex).encode()
    if len(data) > MAX_BYTES:
        message = f"makes the session's record {len(data):,} bytes large; the limit is {MAX_BYTES:,}"
        raise Invalid(f"metadata {message}.", [{"field": "metadata", "message": message}])
    return box().encrypt(data)


def load(data: bytes, session_id: UUID) -> Session | None:
    """The session of a record; None when it is not that session's, damaged, or of a version nobody knows any more.

    Raises Newer for a version that is not known yet.
    """
    try:
        record = json.loads(box().decrypt(data))
    except InvalidToken:
        _log_refusal(session_id, "no key fits")
        return None
    version = record.pop("v")
    if version > VERSION:
        _log_refusal(session_id, "newer version")
        raise Newer()
    while version < VERSION:
        if version not in UPGRADES:
            _log_refusal(session_id, "forgotten version")
            return None
        record, version = UPGRADES[version](record), version + 1
    if record["id"] != session_id.hex:
        _log_refusal(session_id, "another session's")
        return None
    for name in ("id", "inbox", "customer", "conversation"):
        record[name] = UUID(record[name])
    return Session(**record)


def _log_refusal(session_id: UUID, reason: str) -> None:
    events.emit(events.Event.SESSION_RECORD_REFUSED, "warning", session=str(session_id), reason=reason)
