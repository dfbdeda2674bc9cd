"""One follower of a conversation: a socket, an event stream, a console. It pulls; nothing is pushed at it but a nudge.

Durable frames come from the rows, by `seq > cursor`, in order, once. Ephemeral frames are computed from the live
answer at the moment of sending. A slow follower therefore costs no memory, and loses deltas, never messages.
"""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from config.common import db
from support import queries
from support.autoreset import AutoResetEvent
from support.live import ANSWERED, LiveAnswer, Topic

Frame = dict[str, Any]
# What was last said of an action: its outcome, and how its proof stands.
Told = tuple[str | None, Frame | None]

# Answers to the follower's own frames that may wait to be sent; a socket that lets more pile up is too slow.
MAX_PENDING = 256
# A durable frame sent this recently may not have arrived yet.
IN_FLIGHT_SECONDS = 2.0


class TooSlow(Exception):
    """The follower does not read what it is sent."""


class Feed:
    """The frames for one follower. `cursor`: the seq of the last durable frame handed out.

    topic: shared by all followers of the conversation in this process. staff: whether it is a console, where each
    frame also names the conversation.
    """

    def __init__(self, topic: Topic, cursor: int, *, staff: bool = False) -> None:
        self.topic = topic
        self.cursor = cursor
        self._version = 0
        self._moved_at = float("-inf")
        self._staff = staff
        self._tag = {"conversation_id": str(topic.conversation_id)} if staff else {}
        self._told: dict[str, Told] = {}
        self._pending: list[Frame] = []
        self._updated: dict[str, Frame] = {}
        self._open_run: str | None = None
        self._offset = 0
        self._steps = 0
        self._awake = AutoResetEvent()

    def start(self, version: int) -> None:
        """Begin to hand out frames; the follower has been shown the conversation as of `version`."""
        self._version = max(self._version, version)
        self._awake.set()

    def wake(self) -> None:
        """There may be something new."""
        self._awake.set()

    @property
    def is_behind(self) -> bool:
        """Whether the topic knows what the follower has not been told."""
        run = self.topic.live.run if self.topic.live else None
        return self.cursor < self.topic.last_seq or self._version < self.topic.version or self._open_run != run

    def push(self, frame: Frame) -> None:
        """Queue an answer to the follower's own frame. Raises TooSlow beyond MAX_PENDING."""
        if len(self._pending) >= MAX_PENDING:
            raise TooSlow()
        self._pending.append(frame)
        self._awake.set()

    def hint(self, frame: Frame) -> None:
        """Queue an ephemeral frame, dropped when the follower is behind."""
        if len(self._pending) < MAX_PENDING // 2:
            self.push(frame)

    def update(self, message: Frame) -> None:
        """A message that was already sent has changed."""
        self._updated[message["id"]] = message
        self._awake.set()

    def compare(self, seq: int) -> None:
        """The follower says it is at `seq`: send again what it lacks, unless that may still be on its way."""
        if seq < self.cursor and time.monotonic() - self._moved_at > IN_FLIGHT_SECONDS:
            self.cursor = seq
        self._awake.set()

    async def frames(self) -> AsyncIterator[Frame]:
        """Frames as they come, without end."""
        while True:
            await self._awake.wait()
            while self._pending:
                yield self._pending.pop(0) | self._tag
            async for frame in self._durable():
                yield frame | self._tag
            for frame in self._live():
                yield frame | self._tag

    async def _durable(self) -> AsyncIterator[Frame]:
        while self.cursor < self.topic.last_seq:
            messages = self.topic.following(self.cursor)
            if messages is None:
                messages = await db.run(queries.messages_after, self.topic.conversation_id, self.cursor)
            if not messages:
                break
            for message in messages:
                if message["seq"] <= self.cursor:
                    continue
                # What ended before this message is told before it: a claim's notice follows the cancelled answer.
                for frame in self._ended():
                    yield frame
                self.cursor, self._moved_at = message["seq"], time.monotonic()
                if message["run"] == self._open_run:
                    self._open_run = None
                yield {"type": "message.created", "message": message}
        while self._updated:
            _, message = self._updated.popitem()
            if message["seq"] <= self.cursor:
                yield {"type": "message.updated", "message": message}
        if self._version < self.topic.version and self.topic.view is not None:
            self._version = self.topic.version
            yield {"type": "conversation.updated", "conversation": self.topic.view}
        for frame in self._actions():
            yield frame

    def _actions(self) -> Iterator[Frame]:
        """What the agent asks leave for and was told, as far as the follower has not heard of it."""
        for action in (self.topic.view or {}).get("actions", ()):
            id_, outcome = action["action"], action["outcome"]
            told, now = self._told.get(id_), (outcome, action["verification"])
            if outcome is None and told != now and (self._staff or action["by"] == "customer"):
                yield {"type": "action.requested", **{key: value for key, value in action.items() if key != "outcome"}}
            elif outcome is not None and (told is None or told[0] is None):
                yield {"type": "action.resolved", "action": id_, "outcome": outcome}
            self._told[id_] = now

    def _ended(self) -> list[Frame]:
        run = self._open_run
        if run is None or self.topic.endings.get(run, ANSWERED) == ANSWERED:
            return []
        self._open_run = None
        return [{"type": "answer.cancelled", "run": run, "reason": self.topic.endings[run]}]

    def _live(self) -> list[Frame]:
        frames = self._ended()
        live = self.topic.live
        if live is None:
            return frames
        if live.run != self._open_run:
            frames.append(self._start(live))
        for step in live.steps[self._steps :]:
            frames.append({"type": "answer.step", "run": live.run, **step})
        self._steps = len(live.steps)
        if self._offset < len(live.text):
            text = live.text[self._offset :]
            frames.append({"type": "answer.delta", "run": live.run, "offset": self._offset, "text": text})
            self._offset = len(live.text)
        return frames

    def _start(self, live: LiveAnswer) -> Frame:
        self._open_run, self._offset, self._steps = live.run, 0, 0
        return {"type": "answer.started", "run": live.run, "in_reply_to": live.in_reply_to}
