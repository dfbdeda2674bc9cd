"""The staff's socket, `/ws/console`: the live queue, and conversations being watched."""

import asyncio
from collections import deque
from functools import partial
from http.cookies import SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import get_user

from config.common import db
from config.common.errors import Conflict
from support import fanout, observing, presence, protocol, queries, staff_sessions
from support.feed import MAX_PENDING, Feed, TooSlow
from support.sockets import ENDED, FORBIDDEN_ORIGIN, RESTART, Close, Job, Socket

CHECK_SECONDS = 3.0
MAX_WATCHED = 20
# The queue is read at most so often, however much happens in it.
QUEUE_SECONDS = 0.25


def staff_of(session_key: str) -> str | None:
    """The username of the signed-in human agent whose session cookie this is; None for everybody else."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if staff_sessions.is_over(session):
        return None
    user: Any = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    allowed = user.is_authenticated and user.is_active and user.is_staff and user.has_perm("support.view_conversation")
    return str(user.get_username()) if allowed else None


class ConsoleSocket(Socket):
    """A human agent's connection."""

    kind = "staff"
    language = protocol.STAFF

    async def serve(self) -> None:
        """Check who it is, then serve frames both ways."""
        self._pending: deque[dict[str, Any]] = deque()
        self._awake = asyncio.Event()
        self._queue_changed = asyncio.Event()
        self._watched: dict[UUID, tuple[Feed, asyncio.Task[None]]] = {}
        self._name, self._shows_queue = uuid4().hex, False
        origin = self.header(b"origin")
        if origin is None or not self.is_ours(origin):
            raise Close(FORBIDDEN_ORIGIN, "forbidden origin")
        cookie = SimpleCookie(self.header(b"cookie") or "").get(settings.SESSION_COOKIE_NAME)
        self._cookie = cookie.value if cookie else ""
        await self._check()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self.reader(self._take))
            tasks.create_task(self.worker())
            tasks.create_task(self._write())
            tasks.create_task(self._keep_checking())
            tasks.create_task(self._show_queue())

    def leave(self) -> None:
        """The socket is gone."""
        hub = fanout.running()
        if hub is not None and hasattr(self, "_watched"):
            hub.queue_watchers.discard(self._queue_changed.set)
            for feed, _ in self._watched.values():
                hub.unfollow(feed)

    async def _check(self) -> None:
        try:
            username = await db.run(staff_of, self._cookie)
        except Exception as error:
            raise Close(RESTART, "temporarily unavailable") from error
        if username is None:
            raise Close(ENDED, "sign in")

    async def _keep_checking(self) -> NoReturn:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()
            await self._look()

    async def _look(self) -> None:
        """Say what this human agent has before them, so that nobody is called who is there."""
        targets = [presence.QUEUE] if self._shows_queue else []
        targets += [str(conversation_id) for conversation_id in self._watched]
        if targets:
            await db.run(presence.look, self._name, targets)

    # -- Frames -------------------------------------------------------------------------------

    def _take(self, record: dict[str, Any]) -> Job | None:
        frame = protocol.STAFF.parse(record)
        match frame:
            case protocol.QueueSubscribe():
                fanout.hub().queue_watchers.add(self._queue_changed.set)
                self._queue_changed.set()
                is_new, self._shows_queue = not self._shows_queue, True
                return self._look if is_new else None
            case protocol.StaffTyping(id=conversation_id, active=active):
                watched = self._watched.get(conversation_id)
                if watched is not None:
                    fanout.hub().typing(conversation_id, "human", active, watched[0])
            case protocol.ConversationWatch():
                return partial(self._watch, frame)
            case protocol.ConversationUnwatch():
                return partial(self._unwatch, frame.id)
        return None

    async def _watch(self, frame: protocol.ConversationWatch) -> None:
        if frame.id in self._watched:
            return
        if len(self._watched) >= MAX_WATCHED:
            raise Conflict(f"At most {MAX_WATCHED} conversations can be watched at once.")
        row = await db.run(queries.of_inboxes, frame.id, None)
        after = max(frame.after, row.last_seq - queries.PAGE)
        feed = await fanout.hub().follow(frame.id, after, staff=True)
        self.answer({"type": "conversation.updated", "conversation": feed.topic.view, "conversation_id": str(frame.id)})
        self._watched[frame.id] = feed, self._tasks.create_task(self._relay(feed))
        await self._look()

    async def _unwatch(self, conversation_id: UUID) -> None:
        watched = self._watched.pop(conversation_id, None)
        if watched is not None:
            watched[1].cancel()
            fanout.hub().unfollow(watched[0])

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
            self._awake.clear()
            while self._pending:
                await self.send_frame(self._pending.popleft())

    async def _relay(self, feed: Feed) -> None:
        async for frame in feed.frames():
            with observing.sending(feed.topic, frame):
                await self.send_frame(frame)

    async def _show_queue(self) -> NoReturn:
        while True:
            await self._queue_changed.wait()
            self._queue_changed.clear()
            await self.send_frame({"type": "queue.updated", "conversations": await db.run(queries.waiting)})
            await asyncio.sleep(QUEUE_SECONDS)
