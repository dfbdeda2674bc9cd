"""Sessions that were proven a moment ago, in the memory of a web process.

An entry says that Redis had the session and PostgreSQL knew of no revocation, both read after the entry was begun; it
counts for LIFETIME_SECONDS from then on, whatever else fails. Within that time other processes say what they changed
(`store.CHANGED`). A process that cannot hear them keeps nothing.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from config.common import events, metrics, redis
from sessions_app.records import Session
from sessions_app.store import CHANGED

# The longest that a session ended elsewhere may be served, should the word of it be lost.
LIFETIME_SECONDS = 3.0
# About 2 MB of usual sessions, 32 MB of the largest.
MAX_ENTRIES = 2_000
_PATIENCE_SECONDS = 1.0

_HIT, _MISS = metrics.SESSION_LOOKUPS.labels("hit"), metrics.SESSION_LOOKUPS.labels("miss")


@dataclass(eq=False, slots=True)
class _Entry:
    """`until`: on the monotonic clock. `session` is None while it is being read."""

    until: float
    session: Session | None = None


class SessionCache:
    """A bounded map that forgets the least recently used. Safe for threads."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self.listening = False
        self._max_entries = max_entries
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, session_id: UUID) -> Session | None:
        """The session, if it was proven a moment ago."""
        with self._lock:
            entry = self._entries.get(session_id)
            if entry is not None and entry.session is not None and time.monotonic() < entry.until:
                self._entries.move_to_end(session_id)
                _HIT.inc()
                return entry.session
        _MISS.inc()
        return None

    def fill(self, session_id: UUID, read: Callable[[UUID], Session | None]) -> Session | None:
        """What `read` finds, kept unless it was changed or forgotten meanwhile."""
        entry = _Entry(time.monotonic() + LIFETIME_SECONDS)
        with self._lock:
            if self.listening:
                self._entries[session_id] = entry
                self._entries.move_to_end(session_id)
                if len(self._entries) > self._max_entries:
                    self._entries.popitem(last=False)
        session = None
        try:
            session = read(session_id)
        finally:
            with self._lock:
                if session is None and self._entries.get(session_id) is entry:
                    del self._entries[session_id]
                entry.session = session
        return session

    def forget(self, session_id: UUID) -> None:
        """The session changed or ended; what is being read of it just now is not kept either."""
        with self._lock:
            self._entries.pop(session_id, None)

    def listen(self, listening: bool) -> None:
        """Begin or cease to keep entries. Those there are may have missed a change: they go."""
        with self._lock:
            self.listening = listening
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)


cache = SessionCache()


class Listener:
    """Hears on a thread what other processes change, and keeps the cache to it."""

    def __init__(self, kept: SessionCache = cache) -> None:
        self._cache = kept
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="session cache", daemon=True)

    def start(self) -> None:
        """Begin; the cache is in use from the moment Redis confirms."""
        self._thread.start()

    def stop(self) -> None:
        """Cease, within a second or so."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._hear()
            except Exception as error:  # noqa: BLE001 - Redis is away, in one of its many ways
                events.emit(events.Event.LOOP_FAILED, "warning", loop="session cache", reason=type(error).__name__)
            finally:
                self._cache.listen(False)
            self._stop.wait(_PATIENCE_SECONDS)

    def _hear(self) -> None:
        with redis.client().pubsub() as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANGED)
            while not self._stop.is_set():
                message = channel.get_message(timeout=_PATIENCE_SECONDS)
                if message is None:
                    continue
                if message["type"] == "subscribe":  # also after the client reconnected by itself
                    self._cache.listen(True)
                else:
                    self._cache.forget(UUID(message["data"].decode()))
