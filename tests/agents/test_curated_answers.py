"""A question with a curated answer gets it word for word, before anything is searched or a model is asked."""

import pytest

from agents.turn import Delta, Reply, Utterance
from tests.fakes.model import Say
from tests.knowledge.curating import PRICES, prices


@pytest.fixture
def curated(knowledge):
    return prices()


async def test_word_for_word_without_a_search_or_a_model(provider, marker, ask, curated):
    """Red when the model is asked first."""
    turn = await ask("What does a plan cost?")
    assert [type(event) for event in turn.events] == [Delta, Reply]
    assert turn.shown == turn.reply.text == PRICES
    assert (turn.reply.engine, turn.reply.curated, turn.reply.citations) == ("curated", curated.pk, ())
    assert (turn.reply.answered, turn.reply.usage.model_calls) == (True, 0)


async def test_a_greeting_before_it_does_not_matter(provider, marker, ask, curated):
    """Red when the question is matched with its small talk."""
    assert (await ask("Hello!\nprices?\nThanks!")).reply.engine == "curated"


async def test_what_is_less_than_sure_is_for_the_model(provider, marker, ask, curated):
    """Red when the agent does not say that there is a model."""
    provider.script(marker, Say(pieces=("12 €.",)))
    turn = await ask(f"what would a plan cost us in a year {marker}")
    assert turn.reply.engine == "llm"


async def test_without_a_model_it_need_not_be_as_sure(ask, curated):
    assert (await ask("what would a plan cost us")).reply.engine == "curated"


async def test_a_follow_up_is_read_in_its_context(ask, curated):
    """Red when the agent does not say that something was said before."""
    history = (Utterance("customer", "Do you ship to Peru?"), Utterance("assistant", "No."))
    assert (await ask("and the prices?")).reply.engine == "curated"
    assert (await ask("and the prices?", history=history)).reply.engine != "curated"
    assert (await ask("What are your prices", history=history)).reply.engine == "curated"


async def test_the_wish_for_a_person_comes_first(ask, curated):
    assert (await ask("I want to talk to a person")).escalate.reason == "customer_request"
