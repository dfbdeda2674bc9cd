"""The staff's socket, `/ws/console`: the live queue, and conversations being watched."""

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from http.cookies import SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import get_user

from config.common import db, errors
from support import fanout, observing, presence, protocol, queries, staff_sessions
from support.autoreset import AutoResetEvent
from support.feed import MAX_PENDING, Feed, TooSlow
from support.sockets import ENDED, FORBIDDEN_ORIGIN, RESTART, Close, Job, Socket
from support.workplaces import reach

CHECK_SECONDS = 3.0
MAX_WATCHED = 20
# The queue is read at most so often, however much happens in it.
QUEUE_SECONDS = 0.25


@dataclass(frozen=True)
class Watched:
    """A conversation that a socket shows."""

    inbox_id: UUID
    feed: Feed
    relay: asyncio.Task[None]


def staff_of(session_key: str) -> Any:
    """The signed-in human agent whose session cookie this is; None for everybody else."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if staff_sessions.is_over(session):
        return None
    user: Any = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    allowed = user.is_authenticated and user.is_active and user.is_staff and user.has_perm("support.view_conversation")
    return user if allowed else None


def standing(session_key: str) -> tuple[Any, frozenset[UUID] | None] | None:
    """The same, with the inboxes they may work in (None: every one)."""
    user = staff_of(session_key)
    return (user, reach.inboxes_of(user)) if user else None


class ConsoleSocket(Socket):
    """A human agent's connection. What it shows is of the inboxes that they may work in, looked at again all the time."""

    kind = "staff"
    language = protocol.STAFF

    async def serve(self) -> None:
        """Check who it is, then serve frames both ways."""
        self._pending: deque[dict[str, Any]] = deque()
        self._awake = AutoResetEvent()
        self._queue_changed = AutoResetEvent()
        self._watched: dict[UUID, Watched] = {}
        self._name, self._shows_queue, self._asked_queue = uuid4().hex, False, False
        self._user: Any = None
        self._inboxes: frozenset[UUID] | None = frozenset()
        origin = self.header(b"origin")
        if origin is None or not self.is_ours(origin):
            raise Close(FORBIDDEN_ORIGIN, "forbidden origin")
        cookie = SimpleCookie(self.header(b"cookie") or "").get(settings.SESSION_COOKIE_NAME)
        self._cookie = cookie.value if cookie else ""
        await self._check()
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self.reader(self._take))
            self._tasks.create_task(self._write())
            self._tasks.create_task(self._keep_checking())
            self._tasks.create_task(self._show_queue())

    def leave(self) -> None:
        """The socket is gone."""
        hub = fanout.running()
        if hub is not None and hasattr(self, "_watched"):
            hub.queue_watchers.discard(self._queue_changed.set)
            for watched in self._watched.values():
                hub.unfollow(watched.feed)

    async def _check(self) -> None:
        try:
            found = await db.run(standing, self._cookie)
        except Exception as error:
            raise Close(RESTART, "temporarily unavailable") from error
        if found is None:
            raise Close(ENDED, "sign in")
        before, (self._user, self._inboxes) = self._inboxes, found
        if self._inboxes != before:
            self._queue_changed.set()
        for conversation_id in [key for key, one in self._watched.items() if not self._may_see(one.inbox_id)]:
            self._lose(conversation_id)

    def _may_see(self, inbox_id: UUID) -> bool:
        return self._inboxes is None or inbox_id in self._inboxes

    def _lose(self, conversation_id: UUID) -> None:
        """The right to see it was taken away: nothing more is told of it but that."""
        self._drop(conversation_id)
        lost = errors.NotFound("You may not work in this conversation's inbox any more.")
        told = errors.frame(lost, observing.request_id())
        self.answer(told | {"conversation_id": str(conversation_id)})

    async def _keep_checking(self) -> NoReturn:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()
            await self._look()

    async def _look(self) -> None:
        """Say what this human agent has before them, so that nobody is called who is there."""
        targets = [str(conversation_id) for conversation_id in self._watched]
        if self._shows_queue:
            targets += presence.queues_of(self._inboxes)
        if targets:
            await db.run(presence.look, self._name, targets)

    # -- Frames -------------------------------------------------------------------------------

    def _take(self, record: dict[str, Any]) -> Job | None:
        frame = protocol.STAFF.parse(record)
        match frame:
            case protocol.QueueSubscribe():
                fanout.hub().queue_watchers.add(self._queue_changed.set)
                self._asked_queue = True
                self._queue_changed.set()
                is_new, self._shows_queue = not self._shows_queue, True
                return self._look if is_new else None
            case protocol.StaffTyping(id=conversation_id, active=active):
                watched = self._watched.get(conversation_id)
                if watched is not None:
                    fanout.hub().typing(conversation_id, "human", active, watched.feed)
            case protocol.ConversationWatch():
                return partial(self._watch, frame)
            case protocol.ConversationUnwatch():
                return partial(self._unwatch, frame.id)
        return None

    async def _watch(self, frame: protocol.ConversationWatch) -> None:
        if frame.id in self._watched:
            return
        if len(self._watched) >= MAX_WATCHED:
            raise errors.Conflict(f"At most {MAX_WATCHED} conversations can be watched at once.")
        row = await db.run(queries.of_staff, frame.id, self._user)
        after = max(frame.after, row.last_seq - queries.PAGE)
        feed = await fanout.hub().follow(frame.id, after, staff=True)
        self.answer({"type": "conversation.updated", "conversation": feed.topic.view, "conversation_id": str(frame.id)})
        self._watched[frame.id] = Watched(row.inbox_id, feed, self._tasks.create_task(self._relay(feed)))
        await self._look()

    async def _unwatch(self, conversation_id: UUID) -> None:
        self._drop(conversation_id)

    def _drop(self, conversation_id: UUID) -> None:
        watched = self._watched.pop(conversation_id, None)
        if watched is not None:
            watched.relay.cancel()
            fanout.hub().unfollow(watched.feed)

    # -- Writing ------------------------------------------------------------------------------

    def answer(self, frame: dict[str, Any]) -> None:
        """Queue a frame for this human agent alone."""
        if len(self._pending) >= MAX_PENDING:
            raise TooSlow()
        self._pending.append(frame)
        self._awake.set()

    async def _write(self) -> NoReturn:
        while True:
            await self._awake.wait()
            while self._pending:
                await self.send_frame(self._pending.popleft())

    async def _relay(self, feed: Feed) -> None:
        async for frame in feed.frames():
            with observing.sending(feed.topic, frame):
                await self.send_frame(frame)

    async def _show_queue(self) -> NoReturn:
        shown: list[dict[str, Any]] | None = None
        while True:
            await self._queue_changed.wait()
            asked, self._asked_queue = self._asked_queue, False
            waiting = await db.run(queries.waiting, self._user)
            # What happens in other inboxes wakes it too, and is not told by an empty word either.
            if self._shows_queue and (asked or waiting != shown):
                shown = waiting
                await self.send_frame({"type": "queue.updated", "conversations": waiting})
            await asyncio.sleep(QUEUE_SECONDS)
