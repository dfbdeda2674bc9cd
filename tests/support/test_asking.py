"""“Ask as a customer”: the agent's real answer, without a conversation and without effects; what each run remembers."""

import re

import pytest
from django.test import Client

from agents.models import ToolCall
from agents.searches import MAX_QUERY, record
from agents.turn import Escalate, Reply, Search, Usage
from config.common import db
from knowledge import retrieval
from knowledge.askers import Asker
from knowledge.audience import Audience
from support import run_actions
from support.admin import asking
from support.models import Action, Conversation, Run
from tests.agents.conftest import ask, gate, knowledge, marker, provider, refunds
from tests.fakes.model import Say
from tests.support.console_cast import browser, conversation, staff

__all__ = ["ask", "gate", "knowledge", "marker", "provider", "refunds"]

ASK = "/admin/support/conversation/ask/"
ANYBODY = Asker("everyone", "Anybody", Audience())


async def frames(question: str, asker: Asker = ANYBODY) -> list[dict]:
    return [frame async for frame in asking.answer(question, asker)]


async def test_the_extractive_answer_with_its_confidence_and_no_conversation(refunds):
    """Red when asking writes a conversation."""
    got = await frames("When do I get my money back?")
    reply = got[-1]
    assert [frame["type"] for frame in got] == ["step", "delta", "reply"]
    assert (reply["engine"], reply["answered"]) == ("extractive", True)
    assert "14 days" in reply["html"]
    assert reply["confidence"] > reply["least"] == 0.5
    assert reply["citations"][0]["title"] == "Refunds"
    assert (await frames("What is the height of Everest?"))[-1]["confidence"] < 0.5


async def test_an_answer_from_a_tool_says_what_it_rests_on(refunds, provider, marker, shop):
    """Red when `_reply` does not tell the page."""
    provider.script(marker, Say(tool=("order_state", '{"number": 7}')), Say(pieces=("It is on its way.",)))
    reply = (await frames(f"Where is my order 7? {marker}"))[-1]
    assert (reply["confidence"], reply["rests_on_tools"]) == (None, True)


def nothing_was_made() -> bool:
    return not (Conversation.objects.exists() or Run.objects.exists() or Action.objects.exists())


async def test_the_models_answer_and_a_call_that_writes_is_not_made(refunds, provider, marker):
    """Red when a writing tool's call is made in a turn."""
    provider.script(marker, Say(tool=("place_order", '{"item": "tea"}')))
    got = await frames(f"Please order tea {marker}")
    assert (got[-1]["type"], got[-1]["engine"]) == ("reply", "llm")
    assert got[-1]["would_do"] == "Order 1 of tea"
    assert not await db.run(ToolCall.objects.filter(risk__in=["write", "approval"]).exists)
    assert await db.run(nothing_was_made)


@pytest.mark.django_db
def test_it_is_streamed_to_staff_who_may_see_articles():
    """Red when the view does not ask for the permission."""
    asked = {"question": "When do I get my money back?", "as": "everyone"}
    staff("norman")
    answer = browser("ed").post(ASK, asked)
    assert (answer.status_code, answer.streaming, answer["Content-Type"]) == (200, True, "application/x-ndjson")
    assert browser("ed").post(ASK, {"question": " "}).status_code == 400
    assert browser("ed").get(ASK).status_code == 405
    assert browser("norman").post(ASK, asked).status_code == 403
    assert Client().post(ASK, asked).status_code == 302


async def test_every_search_of_a_turn_is_remembered(refunds, ask):
    """Red when the agent does not record its searches."""
    turn = await ask("When do I get my money back?")
    [search] = turn.reply.searches
    assert (search.query, search.found) == ("When do I get my money back?", 1)
    assert search.score > 0
    assert turn.reply.confidence > 0.5


def test_what_is_remembered_of_a_search_is_bounded():
    """Red from both sides when a long question is not cut."""
    for length in (MAX_QUERY, MAX_QUERY + 1):
        assert len(record("x" * length, retrieval.NOTHING).query) == MAX_QUERY


SEARCH = Search("refund?", 0, 0.0, 0.0, 0.5, 0.1, 3.0)


@pytest.mark.django_db
def test_a_run_keeps_its_searches_whether_it_answers_or_hands_over():
    """Red when a hand-over forgets them, and when they outlive the conversation."""
    first, second = conversation("A refund?"), conversation("A refund?")
    runs = [Run.objects.get(conversation=place.conversation) for place in (first, second)]
    reply = Reply(
        "No idea.", (), "extractive", Usage(prompt="a" * 64), answered=False, searches=(SEARCH,), confidence=0.2
    )
    run_actions.answer(runs[0].pk, "nobody", reply, 10.0)
    run_actions.escalate(runs[1].pk, "nobody", Escalate("missing_knowledge", searches=(SEARCH,)))
    kept = {run.conversation_id: run for run in Run.objects.all()}
    answered, handed_over = kept[first.conversation], kept[second.conversation]
    assert answered.searches[0]["query"] == handed_over.searches[0]["query"] == "refund?"
    assert (answered.confidence, answered.prompt, answered.reason) == (0.2, "a" * 64, "not_known")
    Conversation.objects.all().delete()
    assert not Run.objects.exists()


async def test_the_same_instructions_have_the_same_hash(refunds, provider, ask):
    """Red when the question is hashed too."""
    told = [
        (await ask(question)).reply.usage.prompt for question in ("When do I get my refund?", "Do refunds take long?")
    ]
    assert told[0] == told[1]
    assert re.fullmatch(r"[0-9a-f]{64}", told[0])
