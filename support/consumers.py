"""The customers' socket, `/ws`."""

import asyncio
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

import structlog

from config.common import clock, db, errors
from config.common.audit.origin import act_as
from sessions_app import services, sites
from sessions_app.services import Caller
from support import actions, customer, fanout, observing, protocol, queries
from support.feed import Feed
from support.perform import perform
from support.sockets import (
    ENDED,
    EXPIRED,
    FORBIDDEN_ORIGIN,
    NO_FIRST_FRAME,
    RESTART,
    Close,
    Disconnected,
    Job,
    Socket,
)

FIRST_FRAME_SECONDS = 5.0


class CustomerSocket(Socket):
    """A customer's connection to their conversation."""

    caller: Caller
    feed: Feed | None = None
    _expiry: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Prove the session, say where the conversation stands, then serve frames both ways."""
        origin = self.header(b"origin")
        if origin is not None and not (self.is_ours(origin) or sites.is_site(origin)):
            raise Close(FORBIDDEN_ORIGIN, "forbidden origin")
        self._over: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        resume = await self._first_frame()
        self.caller = await self._prove(resume.token)
        observing.counted(self.kind, resume.type)
        session = self.caller.session
        act_as(self.caller.actor)
        structlog.contextvars.bind_contextvars(session=str(session.id), conversation=str(session.conversation))
        fanout.hub().follow_session(self.caller.session.id, self._session_ended)
        self._expire_later()
        await self._begin(resume.after)
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self.reader(self._take))
            self._tasks.create_task(self._write())
            raise await self._over

    def leave(self) -> None:
        """The socket is gone."""
        if self._expiry is not None:
            self._expiry.cancel()
        hub = fanout.running()
        if hub is None:
            return
        if self.feed is not None:
            hub.unfollow(self.feed)
        if hasattr(self, "caller"):
            hub.unfollow_session(self.caller.session.id, self._session_ended)

    def answer(self, frame: dict[str, Any]) -> None:
        """Queue a frame for this customer alone."""
        assert self.feed is not None
        self.feed.push(frame)

    # -- The session --------------------------------------------------------------------------

    async def _first_frame(self) -> protocol.SessionResume:
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS):
                frame = protocol.CUSTOMER.parse(await self.read())
        except (TimeoutError, errors.DomainError) as error:
            raise Close(NO_FIRST_FRAME, "session.resume expected") from error
        if not isinstance(frame, protocol.SessionResume):
            raise Close(NO_FIRST_FRAME, "session.resume expected")
        return frame

    async def _prove(self, token: str) -> Caller:
        try:
            return await db.run(services.authenticate, token)
        except services.Expired as error:
            raise Close(EXPIRED, "token expired") from error
        except errors.Unauthorized as error:
            raise Close(ENDED, "no such session") from error
        except Exception as error:
            raise Close(RESTART, "temporarily unavailable") from error

    async def _begin(self, after: int) -> None:
        """Follow the conversation, and tell the client where it stands."""
        conversation = self.caller.session.conversation
        self.feed = await fanout.hub().follow(conversation, after)
        topic = self.feed.topic
        view = topic.view or await db.run(customer.reserved, self.caller)
        last_seq = topic.last_seq
        reset = after > last_seq or last_seq - after > queries.PAGE
        if reset:
            self.feed.cursor = last_seq
        await self.send_frame({"type": "session.ready", "conversation": view, "last_seq": last_seq, "reset": reset})

    def _session_ended(self) -> None:
        self._finish(Close(ENDED, "session ended"))

    def _expire_later(self) -> None:
        """Close when the token runs out, unless there is a new one by then."""
        if self._expiry is not None:
            self._expiry.cancel()
        left = self.caller.claims.expires_at - clock.timestamp()
        close = Close(EXPIRED, "token expired")
        self._expiry = asyncio.get_running_loop().call_later(max(0.0, left), self._finish, close)

    def _finish(self, close: Close) -> None:
        if not self._over.done():
            self._over.set_result(close)

    async def _write(self) -> NoReturn:
        assert self.feed is not None
        async for frame in self.feed.frames():
            with observing.sending(self.feed.topic, frame):
                await self.send_frame(frame)
        raise Disconnected()

    # -- Frames -------------------------------------------------------------------------------

    def _take(self, record: dict[str, Any]) -> Job | None:
        """Answer from memory what can be; the rest is work for later."""
        frame = protocol.CUSTOMER.parse(record)
        assert self.feed is not None
        match frame:
            case protocol.Heartbeat(seq=seq):
                self.feed.compare(seq)
                self.answer({"type": "heartbeat", "seq": self.feed.topic.last_seq})
            case protocol.Typing(active=active):
                fanout.hub().typing(self._conversation, "customer", active, self.feed)
            case _:
                return partial(self._work, frame)
        return None

    @property
    def _conversation(self) -> UUID:
        return self.caller.session.conversation

    async def _work(self, frame: Any) -> None:
        match frame:
            case protocol.SessionResume():
                await self._swap(frame)
            case protocol.MessageSend():
                await self._send(frame)
            case protocol.MessageRate():
                await perform(
                    actions.rate, self._conversation, frame.message_id, frame.rating, frame.reason, frame.comment
                )
            case protocol.MessageRead(seq=seq):
                await db.run(actions.mark_read, self._conversation, seq)
            case protocol.HandoffRequest(reason=reason):
                await perform(actions.request_handoff, customer.place(self.caller), reason)
            case protocol.AnswerStop(run=run):
                await perform(actions.stop_answer, self._conversation, run)
            case protocol.ActionDecision(action=action):
                await perform(customer.decide, self.caller, action, self._word(frame))
            case protocol.ConversationClose():
                await perform(actions.close, self._conversation)

    async def _send(self, frame: protocol.MessageSend) -> None:
        change = await perform(customer.send, self.caller, customer.place(self.caller), frame.client_id, frame.text)
        message = change.message
        assert message is not None
        self.answer(
            {"type": "message.ack", "client_id": str(frame.client_id), "id": str(message.id), "seq": message.seq}
        )

    def _word(self, frame: protocol.ActionDecision) -> customer.Word:
        return customer.Word(frame.type == "action.confirm", frame.email, frame.code, self.client_address)

    async def _swap(self, frame: protocol.SessionResume) -> None:
        """A new token on a live socket. It must be of the same session."""
        caller = await self._prove(frame.token)
        if caller.session.id != self.caller.session.id:
            raise Close(ENDED, "another session")
        self.caller = caller
        self._expire_later()
        assert self.feed is not None
        self.feed.compare(frame.after)
        topic = self.feed.topic
        view = topic.view or await db.run(customer.reserved, caller)
        self.answer({"type": "session.ready", "conversation": view, "last_seq": topic.last_seq, "reset": False})
