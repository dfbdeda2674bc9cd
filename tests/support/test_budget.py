"""What an inbox may spend on the model; beyond it the extractive engine answers, and says so."""

import uuid
from decimal import Decimal

import pytest

from agents.turn import TurnContext, Usage, Who
from config.common import db, redis
from config.common.errors import RateLimited
from config.common.prices import parse_prices
from config.common.ratelimit import Policy
from config.common.rates import Rate
from knowledge.audience import EVERYTHING
from support import budget
from support.budget import USUAL_TOKENS, Allowance
from support.spending import ledger
from tests.agents.conftest import knowledge
from tests.fakes.model import Say
from tests.support.conversations import ask, new_place

__all__ = ["knowledge"]


def turn(**fields) -> TurnContext:
    return TurnContext(uuid.uuid4(), "?", (), EVERYTHING, "Acme", Who(uuid.uuid4()), **fields)


@pytest.fixture
def place(knowledge):
    """An inbox, and a conversation in it."""
    made = new_place()
    ask(made)
    return made


@pytest.fixture
def other(knowledge):
    made = new_place()
    ask(made)
    return made


@pytest.fixture
def limit(monkeypatch, settings):
    """Two turns' worth an hour, of a bucket of the test's own."""
    settings.LLM_CONFIGURED = True
    made = Policy(f"test-{uuid.uuid4().hex}", Rate(2 * USUAL_TOKENS, 3600), fail_open=True)
    monkeypatch.setattr(budget, "MODEL", made)
    return made


async def may(place) -> bool:
    return not (await db.run(Allowance().grant, turn(), place.inbox, place.conversation)).extractive


async def test_turns_that_are_under_way_count(limit, place):
    """Red when `grant` takes nothing: all would start on the last token."""
    assert [await may(place) for _ in range(3)] == [True, True, False]


async def test_what_a_turn_did_not_need_is_given_back(limit, place):
    """Red when `settle` does nothing."""
    for _ in range(10):
        allowance = Allowance()
        assert not (await db.run(allowance.grant, turn(), place.inbox, place.conversation)).extractive
        await db.run(allowance.settle, Usage(model_calls=1, input_tokens=90, output_tokens=10))
    assert await may(place)


async def test_what_a_turn_cost_beyond_is_taken(limit, place):
    allowance = Allowance()
    await db.run(allowance.grant, turn(), place.inbox, place.conversation)
    await db.run(allowance.settle, Usage(model_calls=4, input_tokens=2 * USUAL_TOKENS, output_tokens=0))
    assert not await may(place)


async def test_a_provider_that_does_not_count_has_cost_the_usual(limit, place):
    """Red when `settle` takes no count for none spent."""
    for _ in range(2):
        allowance = Allowance()
        await db.run(allowance.grant, turn(), place.inbox, place.conversation)
        await db.run(allowance.settle, Usage(model_calls=1))
    assert not await may(place)


async def test_who_asked_for_nothing_gives_nothing_back(limit, place):
    """Red when `settle` does not look whether anything was set aside: the budget would never be spent."""
    assert [await may(place) for _ in range(2)] == [True, True]
    allowance = Allowance()
    assert (await db.run(allowance.grant, turn(), place.inbox, place.conversation)).extractive
    await db.run(allowance.settle, Usage())
    assert not await may(place)


async def test_inboxes_have_budgets_of_their_own(limit, place, other):
    assert [await may(place) for _ in range(3)][-1] is False
    assert await may(other)


async def test_the_limit_is_named_and_nothing_is_entered_for_it(limit, place):
    """Red when `ask` leaves the entry of a turn that Redis refused."""
    assert await may(place)
    assert await may(place)
    refused = await db.run(Allowance().grant, turn(), place.inbox, place.conversation)
    assert (refused.extractive, refused.limit_reached) == (True, "hour_tokens")
    assert (await db.run(ledger.in_conversation, place.conversation)).tokens == 2 * USUAL_TOKENS


async def test_what_a_turn_costs_is_entered(limit, place, settings):
    """Red when `settle` leaves the ledger alone."""
    settings.MODEL_PRICES = parse_prices([f"{settings.OPENAI_MODEL}=1/2"])
    allowance = Allowance()
    await db.run(allowance.grant, turn(), place.inbox, place.conversation)
    spent = await db.run(ledger.today, place.inbox)
    assert spent == ledger.Spent(USUAL_TOKENS, Decimal("0.0033"))
    await db.run(allowance.settle, Usage("m", 1, 90, 10, cost=Decimal("0.5")))
    assert await db.run(ledger.today, place.inbox) == ledger.Spent(100, Decimal("0.5"))


async def test_without_redis_the_model_answers(limit, place, settings, unused_tcp_port):
    """The policy fails open."""
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}"
    redis.client.cache_clear()
    assert await may(place)
    redis.client.cache_clear()


def test_the_extractive_engine_answers_for_an_inbox_that_has_spent_its_budget(live, settings):
    """Red when runs do not ask for an allowance, or do not say why they went without the model."""
    settings.REDIS_URL = live.environment["REDIS_URL"]
    redis.client.cache_clear()
    inbox = str(live.rows("SELECT id FROM sessions_app_inbox WHERE key = %s", live.demo["inbox_key"])[0]["id"])
    budget.MODEL.debit(inbox, 2 * budget.MODEL.rate.count)
    try:
        marker = uuid.uuid4().hex
        live.model.script(marker, Say())
        sent = live.customer().send(f"How do I add the chat to my website? {marker}", wait=60)
        assert sent["replies"][-1]["engine"] == "extractive"
        assert live.model.calls(marker) == []
        [run] = live.rows("SELECT limit_reached FROM support_run WHERE id = %s", sent["replies"][-1]["run"])
        assert run["limit_reached"] == "hour_tokens"
    finally:
        budget.MODEL.debit(inbox, -3 * budget.MODEL.rate.count)
    sent = live.customer().send(f"How do I add the chat to my website? {marker}", wait=60)
    assert sent["replies"][-1]["engine"] == "llm"
    redis.client.cache_clear()


def test_what_runs_spend_is_counted(live, settings):
    """Red when runs do not settle: each answer would cost the usual instead of 120 tokens."""
    settings.REDIS_URL = live.environment["REDIS_URL"]
    redis.client.cache_clear()
    inbox = str(live.rows("SELECT id FROM sessions_app_inbox WHERE key = %s", live.demo["inbox_key"])[0]["id"])
    key = f"rl:model:{inbox}"
    redis.client().delete(key)
    assert live.customer().send("How do I add the chat to my website?", wait=60)["replies"]
    left = float(redis.client().hget(key, "tokens") or 0)
    assert budget.MODEL.rate.count - 1000 < left <= budget.MODEL.rate.count
    redis.client.cache_clear()


def test_a_refusal_says_when_to_try_again(limit):
    limit.debit("x", limit.rate.count)
    with pytest.raises(RateLimited) as caught:
        limit.check("x", 60)
    assert 30 <= caught.value.extra["retry_after"] <= 40
