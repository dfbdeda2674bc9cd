"""Answers under way, for those who join late on another process: encrypted in Redis, and gone soon after."""

import asyncio
import json
from collections.abc import Iterable
from uuid import UUID

from config.common import redis
from config.common.crypto import InvalidToken, box
from support.live import LiveAnswer, Topic

LIFETIME_SECONDS = 120


def _key(conversation_id: object) -> str:
    return f"answer:{conversation_id}"


async def save(topic: Topic) -> None:
    """Keep what the topic's answer has come to. Raises redis.Error when Redis is away."""
    if topic.live is not None:
        data = box().encrypt(json.dumps(topic.live.record()).encode())
        await asyncio.to_thread(redis.client().set, _key(topic.conversation_id), data, ex=LIFETIME_SECONDS)


async def load(topic: Topic) -> None:
    """Take over what another process has written of an answer so far; nothing when Redis is away."""
    try:
        data = await asyncio.to_thread(redis.client().get, _key(topic.conversation_id))
        record = json.loads(box().decrypt(data)) if data else None
    except (*redis.Error, InvalidToken):
        return
    if record and record["run"] not in topic.endings and topic.live is None:
        topic.live = LiveAnswer(**record)
        topic.wake()


def discard(conversation_ids: Iterable[UUID]) -> None:
    """Forget what there is of these conversations; what cannot be reached expires. Blocks."""
    try:
        for conversation_id in conversation_ids:
            redis.client().delete(_key(conversation_id))
    except redis.Error:
        pass  # they live for LIFETIME_SECONDS at most


async def forget(conversation_id: str) -> None:
    """The answer is over. Raises redis.Error when Redis is away."""
    await asyncio.to_thread(redis.client().delete, _key(conversation_id))
