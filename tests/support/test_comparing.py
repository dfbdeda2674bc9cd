"""The look, once a second, for what wake-ups have lost."""

import uuid

import pytest

from support import fanout, queries
from support.queries import Position
from support.repair import Repair

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_answer_that_begins_during_the_look_goes_on(monkeypatch):
    """Red when `compare` looks at the answer there is after the query, which knows nothing of it."""
    conversation = uuid.uuid4()
    hub = fanout.start()
    try:
        feed = await hub.follow(conversation, 0)

        def begin() -> None:
            hub.answer_started(conversation, uuid.uuid4(), 1)

        def before_it(_: object) -> dict[uuid.UUID, Position]:
            hub.call(begin)
            return {conversation: Position(0, 0, None)}

        monkeypatch.setattr(queries, "positions", before_it)
        await Repair(hub).compare([feed.topic])
        assert feed.topic.live is not None
    finally:
        await fanout.stop()


async def test_an_answer_that_is_over_ends(monkeypatch):
    """Red when `compare` ends nothing: a follower whose process heard of no ending would show it for ever."""
    conversation = uuid.uuid4()
    hub = fanout.start()
    try:
        feed = await hub.follow(conversation, 0)
        hub.answer_started(conversation, uuid.uuid4(), 1)
        monkeypatch.setattr(queries, "positions", lambda _: {conversation: Position(0, 0, None)})
        await Repair(hub).compare([feed.topic])
        assert feed.topic.live is None
    finally:
        await fanout.stop()


async def test_an_answer_is_shown_elsewhere_once_it_is_asked_for(monkeypatch):
    """Red when `_asked` shows nothing, or an answer is shown unasked."""
    conversation = uuid.uuid4()
    hub = fanout.start()
    shown: list[str] = []
    monkeypatch.setattr(hub._link, "show", lambda _, message: shown.append(message["text"]))
    try:
        feed = await hub.follow(conversation, 0)
        feed.topic.subscribed = True
        live = hub.answer_started(conversation, uuid.uuid4(), 1)
        live.text = "Half"
        hub.answer_grew(conversation, live, 0)
        hub._flush_deltas()
        assert shown == []
        await hub._received({"type": "ask", "from": "another", "conversation": str(conversation)})
        hub._flush_deltas()
        live.text = "Half an answer"
        hub.answer_grew(conversation, live, 4)
        hub._flush_deltas()
        assert shown == ["Half", " an answer"]
    finally:
        await fanout.stop()
