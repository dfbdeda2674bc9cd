"""HTTP answers that wait: server-sent events, and `?wait=`. No thread is held while they do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from config.common import clock, db
from sessions_app.services import Caller
from support import fanout, queries
from support.feed import Feed

# Proxies cut connections that are silent for long; a comment line keeps them.
KEEP_ALIVE_SECONDS = 15.0
_MAY_END_WAIT = {"message.created", "answer.cancelled", "conversation.updated"}


@asynccontextmanager
async def following(conversation_id: UUID, after: int) -> AsyncIterator[Feed]:
    """A feed for as long as the block lasts."""
    feed = await fanout.hub().follow(conversation_id, after)
    try:
        yield feed
    finally:
        fanout.hub().unfollow(feed)


async def events(caller: Caller, conversation_id: UUID, after: int) -> AsyncIterator[str]:
    """The conversation's frames as server-sent events, until the token expires, the session ends or we stop."""
    hub = fanout.hub()
    over = asyncio.Event()
    hub.follow_session(caller.session.id, over.set)
    stops = [asyncio.ensure_future(event.wait()) for event in (over, hub.draining)]
    step: asyncio.Future[Any] | None = None
    try:
        async with following(conversation_id, after) as feed:
            feed.cursor = min(after, feed.topic.last_seq)
            frames = feed.frames()
            yield "retry: 1000\n\n"
            while (left := caller.claims.expires_at - clock.timestamp()) > 0:
                step = step or asyncio.ensure_future(anext(frames))
                await asyncio.wait(
                    [step, *stops], timeout=min(KEEP_ALIVE_SECONDS, left), return_when=asyncio.FIRST_COMPLETED
                )
                if any(stop.done() for stop in stops):
                    return
                if step.done():
                    yield event(step.result())
                    step = None
                else:
                    yield ": keep-alive\n\n"
    finally:
        hub.unfollow_session(caller.session.id, over.set)
        for waiting in [*stops, *([step] if step else [])]:
            waiting.cancel()


def event(frame: dict[str, Any]) -> str:
    """One server-sent event; durable ones carry their seq as id."""
    id_line = f"id: {frame['message']['seq']}\n" if frame["type"] == "message.created" else ""
    return f"{id_line}data: {json.dumps(frame, ensure_ascii=False, separators=(',', ':'))}\n\n"


async def replies(conversation_id: UUID, seq: int, seconds: float) -> list[dict[str, Any]]:
    """What was said to the customer after message `seq`, once no run is under way any more or time is up.

    A run that superseded the message's own is waited for too.
    """
    try:
        async with asyncio.timeout(seconds), following(conversation_id, seq) as feed:
            if await db.run(queries.active_run, conversation_id) is not None:
                async for frame in feed.frames():
                    if frame["type"] in _MAY_END_WAIT and not await db.run(queries.active_run, conversation_id):
                        break
                    if fanout.hub().draining.is_set():
                        break
    except TimeoutError:
        pass
    messages = await db.run(queries.messages_after, conversation_id, seq)
    return [message for message in messages if message["role"] != "customer"]
