"""When the first model fails before its first word, the second is asked."""

import pytest

from agents import breaker, llm
from agents.providers import chain
from tests.agents.test_breaker import fail
from tests.fakes.model import ModelServer, Say

QUESTION = "How long does it take to get my money back?"


@pytest.fixture
def second(provider, settings, marker):
    """A second provider, healthy."""
    with ModelServer() as server:
        settings.OPENAI_FALLBACK_MODEL, settings.OPENAI_FALLBACK_BASE_URL = f"second-{marker}", server.base_url
        yield server


async def test_the_first_one_is_enough(provider, second, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Within 14 days [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.usage.model == chain()[0].model
    assert second.requests == []


@pytest.mark.parametrize("say", [Say(status=500), Say(status=401), Say(raw=()), Say(pieces=(), finish="stop")])
async def test_the_second_takes_over(provider, second, marker, ask, refunds, say):
    """Red when `_ask` gives up with the first provider."""
    provider.script(marker, say)
    second.script(marker, Say(pieces=("From the second [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert (turn.reply.text, turn.reply.engine) == ("From the second [1].", "llm")
    assert turn.reply.usage.model == f"second-{marker}"
    assert turn.shown == turn.reply.text


async def test_a_silent_first_one_leaves_time_for_the_second(provider, second, marker, ask, refunds, gate, monkeypatch):
    """Red when the first provider gets all the time there is for a first token."""
    monkeypatch.setattr(llm, "FIRST_TOKEN_BUDGET_SECONDS", 2.0)
    provider.script(marker, Say(silent=gate))
    second.script(marker, Say(pieces=("From the second [1].",)))
    assert (await ask(f"{QUESTION} {marker}")).reply.text == "From the second [1]."


async def test_without_either_the_passages_answer(provider, second, marker, ask, refunds):
    provider.script(marker, Say(status=500))
    second.script(marker, Say(status=500))
    assert (await ask(f"{QUESTION} {marker}")).reply.engine == "extractive"


async def test_nobody_goes_on_with_another_ones_half_sentence(provider, second, marker, ask, refunds):
    """Red when `_ask` does not look at what was shown."""
    provider.script(marker, Say(pieces=("Half an ",), finish=None))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.interrupted is not None
    assert second.requests == []


async def test_an_open_breaker_sends_the_turn_to_the_second(provider, second, marker, ask, refunds, settings):
    """Red when `_ask` asks every provider."""
    settings.MODEL_BREAKER_FAILURES, settings.OPENAI_MODEL = 3, f"first-{marker}"
    await fail(breaker.of(chain()[0]), 3)
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.usage.model == f"second-{marker}"
    assert provider.calls(marker) == []


async def test_failing_turns_open_the_breaker(provider, marker, ask, refunds, settings):
    """Red when `_ask` reports no failure."""
    settings.MODEL_BREAKER_FAILURES, settings.OPENAI_MODEL = 2, f"first-{marker}"
    provider.script(marker, Say(status=500))
    for _ in range(3):
        assert (await ask(f"{QUESTION} {marker}")).reply.engine == "extractive"
    assert len(provider.calls(marker)) == 6  # three tries each, and none in the third turn
