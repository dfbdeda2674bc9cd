"""After a reply older messages become notes: with the model, without it, and in a running installation."""

import asyncio
import json
import time
import uuid
from dataclasses import replace

import pytest

from agents.turn import TurnContext, Utterance, Who
from config.common import db
from knowledge.audience import Audience
from support import fanout, runs
from support.memory import records, upkeep
from support.models import Conversation, ConversationMemory, Message, Run, Spending
from tests.agents.conftest import gate, knowledge, marker, provider
from tests.fakes.model import Say
from tests.support.conversations import ask, new_place

__all__ = ["gate", "knowledge", "marker", "provider"]


def notes(product: str) -> Say:
    """What the model writes."""
    return Say(tool=("keep_notes", json.dumps({"summary": "They count.", "facts": {"product": product}})))


@pytest.fixture
def run(knowledge, marker) -> Run:
    """A run that is over, in a conversation of 30 messages."""
    place = new_place()
    row = ask(place, f"How do I repair the {marker} of order 10023?").run
    Message.objects.bulk_create(
        Message(
            conversation_id=place.conversation, seq=seq, role="customer" if seq % 2 else "assistant", text=f"No {seq}"
        )
        for seq in range(2, 31)
    )
    Conversation.objects.filter(id=place.conversation).update(last_seq=30)
    row.in_reply_to = 29
    return row


async def memory(run) -> ConversationMemory:
    return await db.run(records.of, run.conversation_id)


async def tokens() -> list[int]:
    """What was entered in the ledger."""
    return await db.run(lambda: list(Spending.objects.values_list("tokens", flat=True)))


async def test_without_a_model_an_extract_is_kept(run):
    """Red when `after` keeps nothing."""
    await upkeep.after(run)
    row = await memory(run)
    assert row.summary.splitlines()[0].startswith("Customer: How do I repair the ref")
    assert row.summary_seq == 30 - records.RECENT_MESSAGES
    assert records.values(row.slots) == {"order": "10023"}
    assert await tokens() == []


async def test_the_model_writes_notes_and_they_are_paid_for(run, provider, marker):
    """Red when `after` does not settle what the notes cost."""
    provider.script(marker, notes(marker))
    await upkeep.after(run)
    row = await memory(run)
    assert row.summary == "They count."
    assert records.values(row.slots) == {"product": marker, "order": "10023"}
    assert await tokens() == [120]


@pytest.fixture
def spent(run, settings):
    settings.MODEL_CONVERSATION_TOKENS = 1000
    Spending.objects.create(inbox=run.conversation.inbox, conversation=run.conversation, tokens=1000, cost=0)


async def test_at_a_limit_the_model_is_not_asked(run, provider, spent):
    """Red when `after` asks for no allowance."""
    before = len(provider.requests)
    await upkeep.after(run)
    assert len(provider.requests) == before
    assert (await memory(run)).summary.startswith("Customer: How do I repair")


@pytest.mark.parametrize(
    ("spoken", "reply", "may"), [(14, "A", False), (15, "A", True), (0, "A" * 5_999, False), (0, "A" * 6_000, True)]
)
def test_a_turn_tells_by_itself_whether_notes_may_be_due(spoken, reply, may):
    """Red when the reply does not count, or the question."""
    history = (Utterance("customer", "H"),) * spoken
    said = TurnContext(uuid.uuid4(), "Q", history, Audience(), "Shop", Who(uuid.uuid4()))
    assert upkeep.may_be_due(said, reply) is may


async def test_notes_may_take_longer_than_a_lease(run, provider, marker, gate):
    """Red when notes are a part of their run's task: the renewal ends those whose runs are over."""
    provider.script(marker, replace(notes(marker), silent=gate))
    before = len(provider.requests)
    manager = runs.start(fanout.start())
    try:
        await db.run(lambda: Run.objects.filter(id=run.id).update(lease_owner=manager.owner, in_reply_to=29))
        manager.spawn(run)
        while not any("keep_notes" in json.dumps(asked) for asked in provider.requests[before:]):
            await asyncio.sleep(0.01)
        await manager._renew()
        gate.set()
        await manager.settle()
    finally:
        await runs.stop(patience=0)
        await fanout.stop()
    assert (await memory(run)).summary == "They count."


def test_a_long_conversation_goes_on_with_notes_and_facts(live):
    """Red when the run manager does not call `upkeep.after`, or does not hand on what was noticed."""
    customer = live.customer()
    first = uuid.uuid4().hex
    live.model.script(first, Say(), notes("the chat"))
    customer.send(f"How do I add the chat to my website? It is for order 10023. {first}", wait=60)
    live.rows(
        """INSERT INTO support_message (id, conversation_id, seq, role, author_name, text, citations, rating_reason,
        rating_comment) SELECT gen_random_uuid(), %s, n, 'customer', '', 'Message ' || n, '[]', '', ''
        FROM generate_series(3, 40) AS n""",
        customer.conversation,
    )
    live.rows(
        "UPDATE support_conversation SET last_seq = 40, last_customer_seq = 40, answered_seq = 40 WHERE id = %s",
        customer.conversation,
    )
    customer.send("How do I add the chat to my website?", wait=60)
    query = "SELECT summary, slots FROM support_conversationmemory WHERE conversation_id = %s AND summary <> ''"
    deadline = time.monotonic() + 30
    while not (rows := live.rows(query, customer.conversation)):
        assert time.monotonic() < deadline, "no notes were kept"
    assert rows[0]["summary"] == "They count."
    assert rows[0]["slots"]["order"]["value"] == "10023"
    last = uuid.uuid4().hex
    customer.send(f"How do I add the chat to my website? {last}", wait=60)
    asked = live.model.calls(last)[-1]["messages"]
    assert (
        "Before the messages above: They count.\nThe customer gave: Product: the chat; Order number: 10023"
        in asked[-1]["content"]
    )
    assert first not in json.dumps(asked)
