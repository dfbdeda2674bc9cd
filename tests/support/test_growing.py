"""How often followers look at an answer that grows: at once, and then not before the time is over."""

import asyncio
import uuid

import pytest

from support import live
from support.live import Topic


class Follower:
    """Counts how often it was told to look."""

    def __init__(self) -> None:
        self.looks = 0
        self.looked = asyncio.Event()

    def wake(self) -> None:
        self.looks += 1
        self.looked.set()


@pytest.fixture
def follower():
    return Follower()


@pytest.fixture
def topic(follower):
    return Topic(uuid.uuid4(), feeds={follower})


async def test_first_words_are_shown_at_once(topic, follower):
    """Red when what is left of the time since another answer's last words is waited for."""
    topic.grew(0)
    assert follower.looks == 1
    topic.grew(7)
    assert follower.looks == 1
    topic.grew(0)
    assert follower.looks == 2


async def test_what_comes_meanwhile_is_shown_together(topic, follower, monkeypatch):
    """Red when `_look_again` does not look, looks for nothing, or `grew` shows each piece."""
    monkeypatch.setattr(live, "SHOW_SECONDS", 0)
    topic.grew(0)
    follower.looked.clear()
    topic.grew(7)
    topic.grew(9)
    await asyncio.wait_for(follower.looked.wait(), 5)
    for _ in range(5):
        await asyncio.sleep(0)
    assert follower.looks == 2
    assert topic._showing is None
