"""Finding what got lost on its way between processes, or with Redis.

Once a second one query compares where every followed conversation stands with what its followers know; every three, one
asks which of the sessions that have sockets here were revoked.
"""

import asyncio
from typing import NoReturn
from uuid import UUID

from config.common import db, events
from sessions_app import services
from support import queries
from support.hub import Hub
from support.live import ANSWERED, Topic

POLL_SECONDS = 1.0
# Conversations that are compared at once: the loop serves nobody meanwhile.
COMPARED = 250
# Revocations that the channel layer lost are found within this time.
REVOCATION_SECONDS = 3.0


class Repair:
    """What compares and repairs for one hub, until it is stopped."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._queue_mark: object = None
        self._tasks: list[asyncio.Task[NoReturn]] = []

    def start(self) -> None:
        """Begin to compare."""
        self._tasks = [asyncio.create_task(job) for job in (self._poll(), self._poll_sessions())]

    async def stop(self) -> None:
        """End it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _poll(self) -> NoReturn:
        while True:
            followed = [topic for topic in self._hub.topics.values() if topic.feeds]
            parts = [followed[first : first + COMPARED] for first in range(0, len(followed), COMPARED)] or [[]]
            for part in parts:
                await asyncio.sleep(POLL_SECONDS / len(parts))
                try:
                    await self.compare([topic for topic in part if topic.feeds])
                    if part is parts[-1]:
                        await self._compare_queue()
                except Exception as error:  # noqa: BLE001 - PostgreSQL is away; compare again when it is back
                    events.emit(events.Event.LOOP_FAILED, "warning", loop="poll", reason=type(error).__name__)
                    await asyncio.sleep(POLL_SECONDS)
                    break

    async def _compare_queue(self) -> None:
        if not self._hub.queue_watchers:
            return
        mark = await db.run(queries.queue_mark)
        if mark != self._queue_mark:
            self._queue_mark = mark
            self._hub.queue_changed()

    async def compare(self, followed: list[Topic]) -> None:
        """Bring what these topics know up to what the database says, and wake followers who are behind."""
        lives = [topic.live for topic in followed]
        positions = await db.run(queries.positions, [topic.conversation_id for topic in followed]) if followed else {}
        for topic, live in zip(followed, lives, strict=True):
            if not topic.subscribed:
                await self._hub.subscribe(topic)
            position = positions.get(topic.conversation_id)
            if position is None:
                continue
            if position.version > topic.version:
                await self._hub.read_view(topic)
            if position.active_run and topic.live is None:
                await self._hub.hear(topic)
            # One that began meanwhile is not in what was read.
            if live and topic.live is live and live.run != str(position.active_run or ""):
                reason = await db.run(queries.cancel_reason, UUID(live.run))
                topic.end(live.run, reason or ANSWERED)
            topic.last_seq = max(topic.last_seq, position.last_seq)
            topic.wake_who_is_behind()

    async def _poll_sessions(self) -> NoReturn:
        while True:
            await asyncio.sleep(REVOCATION_SECONDS)
            try:
                revoked = (
                    await db.run(services.revoked_among, list(self._hub.sessions)) if self._hub.sessions else set()
                )
            except Exception as error:  # noqa: BLE001 - PostgreSQL is away; ask again when it is back
                events.emit(events.Event.LOOP_FAILED, "warning", loop="sessions", reason=type(error).__name__)
                continue
            for session_id in revoked:
                self._hub.session_ended(session_id)
