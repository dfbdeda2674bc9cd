"""An answer while it is being written: ephemeral, pulled by each socket at its own speed."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

# The ending of a run that led to a message; no frame tells of it, the message does.
ANSWERED = "answered"
# Followers look at a growing answer this often at most: the eye sees no more, and each frame costs both sides.
SHOW_SECONDS = 0.04


@dataclass
class LiveAnswer:
    """The text and steps of a run so far. Sockets remember how much of it they have sent: nothing queues up.

    shown: whether followers in other processes want to hear it.
    """

    run: str
    in_reply_to: int
    text: str = ""
    steps: list[dict[str, str]] = field(default_factory=list)
    shown: bool = False


@dataclass
class Topic:
    """What this process knows of a conversation that somebody here follows.

    recent: the newest messages by seq, so that most sockets need not read them from the database. endings: why
    runs ended without a message. view: the conversation as it was last announced. hears_answers: whether what other
    processes write comes here. traces: where new messages come from, by seq; empty when nothing is traced.
    """

    conversation_id: UUID
    last_seq: int = 0
    version: int = 0
    view: dict[str, Any] | None = None
    live: LiveAnswer | None = None
    feeds: set[Any] = field(default_factory=set)
    recent: dict[int, dict[str, Any]] = field(default_factory=dict)
    endings: dict[str, str] = field(default_factory=dict)
    subscribed: bool = False
    hears_answers: bool = False
    traces: dict[int, str] = field(default_factory=dict)
    _showing: asyncio.TimerHandle | None = None
    _grown: bool = False

    def remember(self, messages: list[dict[str, Any]]) -> None:
        """Keep announced messages, the newest 50."""
        for message in messages:
            self.recent[message["seq"]] = message
            self.last_seq = max(self.last_seq, message["seq"])
        for seq in sorted(self.recent)[:-50]:
            del self.recent[seq]

    def traced(self, seqs: Iterable[int], trace: str) -> None:
        """Keep which trace (a `traceparent`, or empty) these messages are part of, the newest 50."""
        if trace:
            self.traces |= dict.fromkeys(seqs, trace)
            for seq in sorted(self.traces)[:-50]:
                del self.traces[seq]

    def following(self, seq: int) -> list[dict[str, Any]] | None:
        """The messages after `seq` up to the last, if all of them are at hand."""
        wanted = range(seq + 1, self.last_seq + 1)
        return [self.recent[n] for n in wanted] if all(n in self.recent for n in wanted) else None

    def end(self, run: str, reason: str) -> None:
        """A run ended: with a message (`ANSWERED`), or without one for the reason given. What comes late is ignored."""
        self.endings[run] = reason
        while len(self.endings) > 20:
            del self.endings[next(iter(self.endings))]
        if self.live and self.live.run == run:
            self.live = None

    def grew(self, before: int) -> None:
        """The live answer has more than `before` characters: let every follower look, now or when it is time again.

        Its first words do not wait for what is left of the time since another answer's last.
        """
        if self._showing is not None and not before:
            self._showing.cancel()
            self._showing = None
        if self._showing is None:
            self._look()
        else:
            self._grown = True

    def _look(self) -> None:
        self._grown = False
        self.wake()
        self._showing = asyncio.get_running_loop().call_later(SHOW_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._showing = None
        if self._grown:
            self._look()

    def wake_who_is_behind(self) -> None:
        """Let those look who have not been told all there is."""
        for feed in self.feeds:
            if feed.is_behind:
                feed.wake()

    def wake(self) -> None:
        """Let every follower look."""
        for feed in self.feeds:
            feed.wake()
