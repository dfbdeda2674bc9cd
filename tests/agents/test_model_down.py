"""Without a model that answers, the extractive engine does, and the reply says so."""

import pytest

from agents.turn import Step
from tests.agents.streaming import DONE, chunk
from tests.fakes.model import Say

# Scripts go by the question itself: a marker would be a word that the help centre does not know.
QUESTION = "How long until I get my money back?"


@pytest.mark.parametrize(
    "say", [Say(status=401), Say(status=429, headers={"retry-after": "300"}), Say(raw=(chunk({}, "stop"), DONE))]
)
async def test_a_model_that_fails(provider, ask, refunds, say):
    provider.script(QUESTION, say)
    turn = await ask(QUESTION)
    assert turn.reply.engine == "extractive"
    assert "within 14 days" in turn.reply.text
    assert turn.shown == turn.reply.text
    assert [type(event) for event in turn.events].count(Step) == 1


async def test_a_model_that_fails_after_a_tool_call(provider, ask, refunds):
    provider.script(QUESTION, Say(tool=("search_knowledge", '{"query": "x"}')), Say(status=500))
    turn = await ask(QUESTION)
    assert turn.reply.engine == "extractive"


async def test_no_model_at_all(ask, refunds):
    turn = await ask(QUESTION)
    assert turn.reply.engine == "extractive"
    assert turn.reply.usage.model == ""
    assert [citation.passage.article_id for citation in turn.reply.citations] == [refunds.pk]


async def test_a_turn_that_failed_before_is_answered_without_the_model(provider, ask, refunds):
    """Red when `_use_model` does not look at the turn."""
    before = len(provider.requests)
    turn = await ask(QUESTION, extractive=True)
    assert len(provider.requests) == before
    assert turn.reply.engine == "extractive"


async def test_small_talk_needs_neither_model_nor_search(ask, knowledge):
    turn = await ask("Hello!")
    assert turn.events == [turn.reply]
    assert turn.reply.citations == ()


@pytest.mark.parametrize("say", [Say(status=500), Say(status=401)])
async def test_small_talk_is_answered_while_the_model_is_away(provider, ask, refunds, say):
    """Red when `_without_model` asks the help centre what a customer means by thanks."""
    provider.script("Thank you!", say)
    turn = await ask("Thank you!")
    assert (turn.reply.engine, turn.reply.answered, turn.reply.citations) == ("extractive", True, ())
    assert turn.shown == turn.reply.text == "You're welcome! Is there anything else I can help with?"


async def test_small_talk_goes_to_the_model_when_there_is_one(provider, ask, knowledge):
    provider.script("Hello!", Say(pieces=("Hi there!",)))
    assert (await ask("Hello!")).reply.text == "Hi there!"


@pytest.mark.parametrize("configured", [True, False])
async def test_the_wish_for_a_person_is_granted_at_once(provider, settings, ask, configured):
    settings.LLM_CONFIGURED = configured
    before = len(provider.requests)
    turn = await ask("I want to talk to a real person")
    assert turn.escalate.reason == "customer_request"
    assert len(turn.events) == 1
    assert len(provider.requests) == before
