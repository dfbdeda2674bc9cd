"""Telling those who follow: wake-ups and live answers, inside this process and (support.link) across processes.

What crosses processes may be lost: a wake-up only makes a follower look sooner. support.repair finds what was lost.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from config.common import db, tracing
from support import queries, shapes, wakeups
from support.change import Change
from support.feed import Feed, Frame
from support.link import Link
from support.live import ANSWERED, LiveAnswer, Topic
from support.models import Run

# Deltas for other processes are sent together.
DELTA_SECONDS = 0.075


class Hub:
    """The fan-out of one process: its topics, its followers, and the link to other processes."""

    def __init__(self) -> None:
        self._link = Link(self._received)
        self.topics: dict[UUID, Topic] = {}
        self.sessions: dict[UUID, set[Callable[[], None]]] = {}
        self.queue_watchers: set[Callable[[], None]] = set()
        self.on_run: Callable[[Run], None] = lambda run: None
        self.on_cancelled: Callable[[UUID], None] = lambda run_id: None
        self.draining = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        # Conversations that a run of this process is answering: their topic stays though nobody here follows.
        self._writing: set[UUID] = set()
        self._dirty: dict[UUID, int] = {}
        self._flush: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- Life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to listen and to send."""
        self._tasks = [asyncio.create_task(job) for job in self._link.jobs()]

    def drain(self) -> None:
        """The process is about to stop: streams end now."""
        self.draining.set()

    async def stop(self) -> None:
        """End all background work."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call `function` on the hub's loop; safe from any thread."""
        self._loop.call_soon_threadsafe(function, *arguments)

    # -- Followers ----------------------------------------------------------------------------

    async def follow(self, conversation_id: UUID, cursor: int, *, staff: bool = False) -> Feed:
        """A feed of the conversation from `cursor` on, which may have no row yet."""
        topic = self.topics.get(conversation_id)
        if topic is None:
            topic = self.topics[conversation_id] = Topic(conversation_id)
        feed = Feed(topic, cursor, staff=staff)
        topic.feeds.add(feed)
        await self.subscribe(topic)
        view, version, run = await db.run(queries.standing, conversation_id)
        if view is not None:
            topic.last_seq = max(topic.last_seq, view["last_seq"])
            if version >= topic.version:
                topic.view, topic.version = view, version
        if run is not None:
            await self.hear(topic)
        feed.start(topic.version)
        return feed

    def unfollow(self, feed: Feed) -> None:
        """The follower is gone."""
        feed.topic.feeds.discard(feed)
        self._drop_if_idle(feed.topic)

    def _drop_if_idle(self, topic: Topic) -> None:
        is_idle = not topic.feeds and topic.conversation_id not in self._writing
        if is_idle and self.topics.get(topic.conversation_id) is topic:
            del self.topics[topic.conversation_id]
            if topic.subscribed:
                self._background(self._unsubscribe(topic.conversation_id))

    def follow_session(self, session_id: UUID, ended: Callable[[], None]) -> None:
        """Call `ended` once the session is revoked."""
        self.sessions.setdefault(session_id, set()).add(ended)

    def unfollow_session(self, session_id: UUID, ended: Callable[[], None]) -> None:
        """The socket is gone."""
        watchers = self.sessions.get(session_id, set())
        watchers.discard(ended)
        if not watchers:
            self.sessions.pop(session_id, None)

    def session_ended(self, session_id: UUID) -> None:
        """The session was revoked: tell its sockets."""
        for ended in list(self.sessions.get(session_id, ())):
            ended()

    def queue_changed(self) -> None:
        """Who waits for a person is different now: tell the consoles that show it."""
        for watcher in self.queue_watchers:
            watcher()

    async def subscribe(self, topic: Topic) -> None:
        """Hear what other processes say of the conversation, unless that is so already."""
        if not topic.subscribed:
            topic.subscribed = await self._link.join_conversation(topic.conversation_id)

    async def hear(self, topic: Topic) -> None:
        """A run is under way: if another process has it, hear its answer, from where it has come to."""
        if topic.conversation_id in self._writing:
            return
        if not topic.hears_answers:
            topic.hears_answers = await self._link.join_answers(topic.conversation_id)
        if topic.hears_answers and topic.live is None:
            self._ask(topic)

    def _ask(self, topic: Topic) -> None:
        """Have the process that writes show the answer from its beginning on; it shows none that nobody asks for."""
        message = {"type": "ask", "from": self._link.name, "conversation": str(topic.conversation_id)}
        self._link.wake(f"conv.{topic.conversation_id}", message)

    async def _be_asked(self, topic: Topic) -> None:
        await self.subscribe(topic)
        await self._unsubscribe(topic.conversation_id)  # which it only does when the answer has ended meanwhile

    def _asked(self, topic: Topic) -> None:
        if topic.live is not None and topic.conversation_id in self._writing:
            topic.live.shown = True
            self._show(topic.conversation_id, 0)

    async def _unsubscribe(self, conversation_id: UUID) -> None:
        if conversation_id not in self.topics:
            await self._link.leave_conversation(conversation_id)

    def _background(self, job: Any) -> None:
        task = self._loop.create_task(job)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    # -- Changes ------------------------------------------------------------------------------

    def announce(self, change: Change) -> None:
        """Tell everybody about a committed change, and start the run it asks for."""
        messages = [shapes.message(row) for row in change.created]
        updated = [shapes.message(row) for row in change.updated]
        conversation = change.conversation
        topic = self.topics.get(conversation.id)
        if topic is not None:
            topic.remember(messages)
            topic.traced([row.seq for row in change.created], tracing.carrier())
            if change.state_changed and conversation.version >= topic.version:
                topic.view, topic.version = change.view, conversation.version
            self._apply(topic, wakeups.endings(change), updated)
        for run_id, _ in change.cancelled:
            self.on_cancelled(run_id)
        if wakeups.concerns_queue(change):
            self.queue_changed()
        for group, message in wakeups.told(change, self._link.name):
            self._link.wake(group, message)
        if change.run is not None:
            self.on_run(change.run)

    def typing(self, conversation_id: UUID, role: str, active: bool, sender: Feed | None = None) -> None:
        """Somebody types, or stopped to; told to all followers but the sender."""
        frame = {"type": "typing", "role": role, "active": active}
        self._typing(conversation_id, frame, sender)
        message = {"type": "typing", "from": self._link.name, "conversation": str(conversation_id), "frame": frame}
        self._link.wake(f"conv.{conversation_id}", message)

    def _typing(self, conversation_id: UUID, frame: Frame, sender: Feed | None) -> None:
        topic = self.topics.get(conversation_id)
        for feed in topic.feeds if topic else ():
            if feed is not sender:
                feed.hint(frame)

    def _apply(self, topic: Topic, ended: dict[str, str], updated: list[Frame]) -> None:
        for run, reason in ended.items():
            topic.end(run, reason)
        for message in updated:
            for feed in topic.feeds:
                feed.update(message)
        topic.wake()

    # -- Live answers -------------------------------------------------------------------------

    def answer_started(self, conversation_id: UUID, run_id: UUID, in_reply_to: int) -> LiveAnswer:
        """A run of this process begins; the returned answer is grown with `answer_grew`."""
        self._writing.add(conversation_id)
        topic = self.topics.get(conversation_id)
        if topic is None:
            topic = self.topics[conversation_id] = Topic(conversation_id)
        # Where nobody can ask for it yet, it is shown unasked.
        live = topic.live = LiveAnswer(str(run_id), in_reply_to, shown=not topic.subscribed)
        if not topic.subscribed:
            self._background(self._be_asked(topic))
        self.answer_grew(conversation_id, live, 0)
        return live

    def answer_grew(self, conversation_id: UUID, live: LiveAnswer, before: int) -> None:
        """The answer's text is longer than `before` characters now, or it has a further step."""
        topic = self.topics.get(conversation_id)
        if topic is not None and topic.live is live:
            if len(live.text) > before:
                topic.grew(before)
            else:
                topic.wake()
        if live.shown:
            self._show(conversation_id, before)

    def _show(self, conversation_id: UUID, before: int) -> None:
        """Have other processes hear the answer's text from `before` on, soon."""
        self._dirty[conversation_id] = min(before, self._dirty.get(conversation_id, before))
        if self._flush is None:
            self._flush = self._loop.call_later(DELTA_SECONDS, self._flush_deltas)

    def answer_ended(self, conversation_id: UUID, live: LiveAnswer) -> None:
        """The run is over; a topic that nobody follows goes. Nothing happens when a newer run is on already."""
        topic = self.topics.get(conversation_id)
        if topic is not None and topic.live is not None and topic.live is not live:
            return
        self._writing.discard(conversation_id)
        self._dirty.pop(conversation_id, None)
        if topic is not None:
            self._drop_if_idle(topic)

    def _flush_deltas(self) -> None:
        self._flush = None
        dirty, self._dirty = self._dirty, {}
        for conversation_id, offset in dirty.items():
            topic = self.topics.get(conversation_id)
            if topic is None or topic.live is None:
                continue
            live = topic.live
            message = {
                "type": "delta",
                "from": self._link.name,
                "conversation": str(conversation_id),
                "run": live.run,
                "in_reply_to": live.in_reply_to,
                "offset": offset,
                "text": live.text[offset:],
                "steps": live.steps,
            }
            self._link.show(conversation_id, message)

    # -- From other processes -------------------------------------------------------------------

    async def _received(self, message: Frame) -> None:
        if message["type"] == "session.ended":
            self.session_ended(UUID(message["session"]))
            return
        if message["type"] == "queue":
            self.queue_changed()
            return
        topic = self.topics.get(UUID(message["conversation"]))
        for run_id, reason in message.get("ended", {}).items():
            if reason != ANSWERED:
                self.on_cancelled(UUID(run_id))
        if topic is None:
            return
        match message["type"]:
            case "typing":
                self._typing(topic.conversation_id, message["frame"], None)
            case "ask":
                self._asked(topic)
            case "delta":
                self._grow(topic, message)
            case "changed":
                await self._changed(topic, message)

    def _grow(self, topic: Topic, message: Frame) -> None:
        run, offset = message["run"], message["offset"]
        if run in topic.endings:
            return
        if topic.live is None or topic.live.run != run:
            topic.live = LiveAnswer(run, message["in_reply_to"])
        if len(topic.live.text) < offset:
            topic.live = None
            self._ask(topic)
            return
        topic.live.text = topic.live.text[:offset] + message["text"]
        topic.live.steps = message["steps"]
        topic.wake()

    async def _changed(self, topic: Topic, message: Frame) -> None:
        topic.traced(range(topic.last_seq + 1, message["seq"] + 1), message.get("trace", ""))
        topic.last_seq = max(topic.last_seq, message["seq"])
        if message["run"]:
            await self.hear(topic)
        if message["version"] > topic.version:
            await self.read_view(topic)
        updated = await db.run(queries.messages_by_id, message["updated"]) if message["updated"] else []
        self._apply(topic, message["ended"], updated)

    async def read_view(self, topic: Topic) -> None:
        """Learn what the conversation looks like now."""
        view, version = await db.run(queries.snapshot, topic.conversation_id)
        if view is not None and version >= topic.version:
            topic.view, topic.version = view, version
