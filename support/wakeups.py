"""What other processes are told about a committed change: only that there is something to look at."""

import asyncio
from typing import Any

from channels.layers import get_channel_layer

from config.common import redis, tracing
from support.change import Change
from support.live import ANSWERED

QUEUE_GROUP = "queue"


def endings(change: Change) -> dict[str, str]:
    """Why runs ended, by run: the reason, or ANSWERED for one that led to a message."""
    ended = {str(run): reason for run, reason in change.cancelled}
    return ended | {str(row.run_id): ANSWERED for row in change.created if row.run_id}


def concerns_queue(change: Change) -> bool:
    """Whether those who watch the queue see something else now."""
    return change.state_changed or change.conversation.state in {"queued", "human"}


def told(change: Change, sender: str) -> list[tuple[str, dict[str, Any]]]:
    """What other processes are told about a committed change: (group, message)."""
    conversation = change.conversation
    changed = {
        "type": "changed",
        "from": sender,
        "conversation": str(conversation.id),
        "seq": conversation.last_seq,
        "version": conversation.version,
        "run": str(change.run.id) if change.run else None,
        "ended": endings(change),
        "updated": [str(row.id) for row in change.updated],
    }
    if trace := tracing.carrier():
        changed["trace"] = trace
    messages = [(f"conv.{conversation.id}", changed)]
    if concerns_queue(change):
        messages.append((QUEUE_GROUP, {"type": "queue", "from": sender}))
    return messages


async def send(change: Change) -> None:
    """Tell the web processes about a change, from a process without a hub."""
    layer: Any = get_channel_layer("default")
    async with asyncio.timeout(redis.TIMEOUT_SECONDS):
        for group, message in told(change, ""):
            await layer.group_send(group, message)
