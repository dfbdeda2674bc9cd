"""The way between the hubs of all processes: two channel layers, which may lose anything.

Redis may be away, or hang. Nobody waits for it here: what is to be sent is queued, and while Redis does not answer it
is dropped, because every hub compares with PostgreSQL once a second anyway.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from config.common import events, redis
from sessions_app import services
from support import wakeups

Message = dict[str, Any]
# How long Redis is left alone after it failed.
PAUSE_SECONDS = 1.0


class Link:
    """One process's end. `name` is the process's, so that it knows its own messages."""

    def __init__(self, received: Callable[[Message], Awaitable[None]]) -> None:
        self.name = uuid.uuid4().hex
        self._received = received
        self._wakeups = get_channel_layer("default")
        self._deltas = get_channel_layer("deltas")
        self._outgoing: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(10_000)
        self._channels: dict[Any, str] = {}
        self._away_until = 0.0

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """What has to run for as long as the process does."""
        everywhere = (wakeups.QUEUE_GROUP, services.ENDED_GROUP)
        return [self._listen(self._wakeups, *everywhere), self._listen(self._deltas), self._send()]

    async def close(self) -> None:
        """Let go of the layers' connections."""
        for layer in (self._wakeups, self._deltas):
            await self._try(layer.flush)

    # -- Groups -------------------------------------------------------------------------------

    async def join_conversation(self, conversation_id: UUID) -> bool:
        """Hear of a conversation from now on; False when Redis is away."""
        return await self._join(self._wakeups, f"conv.{conversation_id}")

    async def join_answers(self, conversation_id: UUID) -> bool:
        """Hear what other processes answer in it, while they write; False when Redis is away."""
        return await self._join(self._deltas, f"live.{conversation_id}")

    async def leave_conversation(self, conversation_id: UUID) -> None:
        """Hear no more of it."""
        await self._leave(self._wakeups, f"conv.{conversation_id}")
        await self._leave(self._deltas, f"live.{conversation_id}")

    async def _join(self, layer: Any, group: str) -> bool:
        channel = self._channels.get(layer)
        return channel is not None and await self._try(lambda: layer.group_add(group, channel))

    async def _leave(self, layer: Any, group: str) -> None:
        await self._try(lambda: layer.group_discard(group, self._channels.get(layer, "")))

    # -- Sending ------------------------------------------------------------------------------

    def wake(self, group: str, message: Message) -> None:
        """Send a wake-up, some time soon."""
        self.later(lambda: self._wakeups.group_send(group, message))

    def show(self, conversation_id: UUID, message: Message) -> None:
        """Send a piece of an answer, some time soon."""
        self.later(lambda: self._deltas.group_send(f"live.{conversation_id}", message))

    def later(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do `job` after what was queued before it, unless Redis is away by then."""
        try:
            self._outgoing.put_nowait(job)
        except asyncio.QueueFull:
            events.emit(events.Event.FANOUT_FAILED, "warning", reason="queue full")

    async def _send(self) -> None:
        while True:
            await self._try(await self._outgoing.get())

    async def _try(self, job: Callable[[], Awaitable[None]]) -> bool:
        """Whether the job was done. At most one in PAUSE_SECONDS waits for a Redis that is away."""
        if time.monotonic() < self._away_until:
            return False
        try:
            async with asyncio.timeout(redis.TIMEOUT_SECONDS):
                await job()
        except Exception as error:  # noqa: BLE001 - Redis is away, in one of its many ways
            self._away_until = time.monotonic() + PAUSE_SECONDS
            events.emit(events.Event.FANOUT_FAILED, "warning", reason=type(error).__name__)
            return False
        return True

    # -- Receiving ----------------------------------------------------------------------------

    async def _listen(self, layer: Any, *groups: str) -> None:
        while True:
            try:
                self._channels[layer] = channel = await layer.new_channel()
                for group in groups:
                    await layer.group_add(group, channel)
                while True:
                    message = await layer.receive(channel)
                    if message.get("from") != self.name:
                        await self._received(message)
            except Exception as error:  # noqa: BLE001 - Redis is away; listen again when it is back
                events.emit(events.Event.FANOUT_FAILED, "warning", reason=type(error).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
