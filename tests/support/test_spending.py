"""What the model costs is entered, and bounded per conversation and per inbox and day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from agents import providers
from agents.turn import Escalate, Reply, Usage
from config.common.prices import Price, parse_prices
from support import run_actions
from support.models import Run, Spending
from support.spending import ledger
from support.spending.ledger import Spent
from tests.support.conversations import OWNER, ask, new_place

pytestmark = pytest.mark.django_db

USUAL = Spent(100, Decimal("0.5"))
LIMITS = {
    "conversation_tokens": ("MODEL_CONVERSATION_TOKENS", 1000, Spent(999, Decimal(0)), Spent(1000, Decimal(0))),
    "conversation_cost": ("MODEL_CONVERSATION_COST", Decimal(2), Spent(1, Decimal("1.999999")), Spent(1, Decimal(2))),
    "day_tokens": ("MODEL_DAY_TOKENS", 1000, Spent(999, Decimal(0)), Spent(1000, Decimal(0))),
    "day_cost": ("MODEL_DAY_COST", Decimal(2), Spent(1, Decimal("1.999999")), Spent(1, Decimal(2))),
}


@pytest.fixture
def place():
    made = new_place()
    ask(made)
    return made


def spend(place, spent: Spent, **fields) -> Spending:
    return Spending.objects.create(
        inbox_id=place.inbox, conversation_id=place.conversation, tokens=spent.tokens, cost=spent.cost, **fields
    )


def set_aside(place):
    return ledger.set_aside(place.inbox, place.conversation, USUAL)


@pytest.mark.parametrize("limit", LIMITS)
def test_below_a_limit_the_model_is_asked_and_at_it_not(place, settings, limit):
    """Red when the limit's lines are taken out of `_reached`, and when it admits what has reached it."""
    name, most, below, at = LIMITS[limit]
    settings.MODEL_CONVERSATION_TOKENS = 0
    setattr(settings, name, most)
    row = spend(place, below)
    entry = set_aside(place)
    assert isinstance(entry, int)
    ledger.take_back(entry)
    Spending.objects.filter(pk=row.pk).update(tokens=at.tokens, cost=at.cost)
    assert set_aside(place) == limit


def test_what_is_under_way_counts(place, settings):
    """Red when `set_aside` enters nothing."""
    settings.MODEL_DAY_TOKENS = 2 * USUAL.tokens
    assert [isinstance(set_aside(place), int) for _ in range(3)] == [True, True, False]


def test_a_day_ends_at_midnight_utc(place, settings):
    """Red when `_SPENT_TODAY` does not look at the time."""
    settings.MODEL_DAY_TOKENS = 1000
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    spend(place, Spent(5000, Decimal(0)), created_at=midnight - timedelta(microseconds=1))
    assert isinstance(set_aside(place), int)
    spend(place, Spent(5000, Decimal(0)), created_at=midnight)
    assert set_aside(place) == "day_tokens"


def test_inboxes_and_conversations_have_limits_of_their_own(place, settings):
    settings.MODEL_DAY_TOKENS = settings.MODEL_CONVERSATION_TOKENS = 1000
    spend(place, Spent(5000, Decimal(0)))
    other = new_place()
    ask(other)
    assert isinstance(set_aside(other), int)


def test_what_it_has_cost_takes_the_place_of_what_was_set_aside(place):
    """Red when `settle` does nothing."""
    ledger.settle(set_aside(place), Usage("m", 1, 90, 5, cost=Decimal("0.25")))
    assert ledger.today(place.inbox) == ledger.in_conversation(place.conversation) == Spent(95, Decimal("0.25"))


def test_a_run_says_what_it_cost_and_what_limit_it_met():
    place = new_place()
    run = ask(place).run
    usage = Usage("m", 1, 90, 5, cost=Decimal("0.25"), limit_reached="day_cost")
    run_actions.answer(run.id, OWNER, Reply("Yes.", (), "extractive", usage), 1.0)
    run = Run.objects.get(id=run.id)
    assert (run.cost, run.limit_reached) == (Decimal("0.25"), "day_cost")


def test_also_one_that_hands_over():
    """Red when `escalate` does not keep what was spent."""
    run = ask(new_place()).run
    run_actions.escalate(run.id, OWNER, Escalate("customer_request", usage=Usage("m", 1, 90, 5, cost=Decimal("0.25"))))
    run = Run.objects.get(id=run.id)
    assert (run.model, run.input_tokens, run.output_tokens, run.cost) == ("m", 90, 5, Decimal("0.25"))


# -- Prices -------------------------------------------------------------------------------------


def test_prices_are_for_a_million_tokens(settings):
    settings.MODEL_PRICES = parse_prices(["gpt-4o-mini=0.15/0.60", " org/model:7b = 1/2 "])
    assert providers.cost("gpt-4o-mini", 1_000_000, 500_000) == Decimal("0.45")
    assert providers.cost("gpt-4o-mini", 10, 0) == Decimal("0.000002")
    assert settings.MODEL_PRICES["org/model:7b"] == Price(Decimal(1), Decimal(2))
    assert providers.cost("another", 1_000_000, 0) == 0


@pytest.mark.parametrize("text", ["gpt-4o", "gpt-4o=1", "gpt-4o=-1/2", "gpt-4o=a/b", "=1/2", "m=1/1e9"])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(ValueError, match="is not a price"):
        parse_prices([text])
