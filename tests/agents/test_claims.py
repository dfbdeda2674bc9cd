"""What an answer states in numbers, dates, addresses and code must be in its sources."""

import uuid
from types import SimpleNamespace

import pytest

from agents import grounding
from agents.grounding import Sources
from agents.results import Result
from agents.turn import Utterance
from tests.agents.conftest import context_of
from tests.fakes.model import Say

PASSAGES = [
    "Refunds take fourteen days and cost nothing. Write to billing@example.org or see https://example.org/refunds.",
    "The Pro plan costs 1,200.00 € a year, or $99 a month, from 3 March 2026. VAT is 21 %. Opening hours: 9:00 to 17:30.",
    "Install it with `pip install acme==2.1` on UTF-8 terminals.\n\n```bash\nmake run\nmake  test\n```",
]


def sources(*results: Result, question: str = "", history: tuple = ()) -> Sources:
    passages = [SimpleNamespace(title="", heading="", url="", text=text) for text in PASSAGES]
    return Sources(context_of(question, history=history), passages, results)  # type: ignore[arg-type]


SUPPORTED = [
    "Refunds take 14 days [1].",
    "Refunds take fourteen days [1].",
    "Write to Billing@example.org [1].",
    "See https://example.org/refunds. [1]",
    "It costs 1200 € [2].",
    "It costs €1,200 a year [2].",
    "It costs 1200 EUR a year, or 99 USD a month [2].",
    "From March 3, 2026 on [2].",
    "VAT is 21% [2].",
    "We are open from 9 to 17:30 [2].",
    "Run `pip install acme==2.1` on a UTF-8 terminal [3].",
    "```bash\nmake test\n```\n\nThat is all [3].",
    "1. Write to us [1].\n2. Wait for 14 days [1].",
    "Nothing is stated here.",
    "It takes 14 days, and costs 99 USD.",
]
UNSUPPORTED = [
    "Refunds take 15 days [1].",
    "Refunds take 14 days [2].",
    "Refunds take 14 days [3], for sure [2].",
    "Write to refunds@example.org [1].",
    "See https://example.org/refund [1].",
    "It costs $1,200 a year [2].",
    "It costs 120 € [2].",
    "From 3 May 2026 on [2].",
    "From 4 March 2026 on [2].",
    "VAT is 1 % [2].",
    "We are open until 18:00 [2].",
    "Run `pip install acme==2.2` [3].",
    "On a UTF-16 terminal [3].",
    "```bash\nmake deploy\n```\n\nThat is all [3].",
    "It takes 77 hours.",
]


@pytest.mark.parametrize("answer", SUPPORTED)
def test_what_the_sources_say_may_be_said(answer):
    assert sources().unsupported(answer) == []


@pytest.mark.parametrize("answer", UNSUPPORTED)
def test_what_they_do_not_say_may_not(answer):
    """Red when `Sources._support` looks at no facts, at other passages than those cited, or at no code."""
    assert len(sources().unsupported(answer)) == 1


def test_what_a_tool_said_is_a_source():
    assert sources(Result('{"order": 77, "eta": "5 days"}')).unsupported("Your order 77 arrives in 5 days.") == []


def test_the_customers_own_words_may_be_said_back():
    """But they bear out no amount in a sentence that cites a passage."""
    asked = sources(question="Where is order 100234? Is it 30 days?", history=(Utterance("customer", "I paid 55 €"),))
    assert asked.unsupported("You asked about order 100234, and 55 €.") == []
    assert asked.unsupported("Order 100234 can be refunded [1].") == []
    assert len(asked.unsupported("It takes 30 days [1].")) == 1


@pytest.mark.parametrize(
    ("result", "is_there"),
    [
        ('{"amount": 49.9, "currency": "EUR"}', True),
        ("| Item | Price (€) |\n| Pot | 49.90 |", True),
        ('{"amount": 49.9, "currency": "USD"}', False),
        ('{"amount": 49.9, "region": "europe"}', False),
        ('{"amount": 50, "currency": "EUR"}', False),
    ],
)
def test_a_currency_may_stand_beside_its_amount(result, is_there):
    """As systems answer. Red when `given` only knows currencies that stand at a number."""
    assert (sources(Result(result)).unsupported("It costs 49.90 EUR.") == []) == is_there


def test_a_sentence_is_judged_and_dropped_by_itself():
    answer = (
        "Refunds take 14 days [1]. They cost 5 € [1].\n\nSteps:\n\n1. Write to us [1].\n2. Wait 77 hours [1].\n\nDone."
    )
    dropped = sources().unsupported(answer)
    assert [claim.text.strip() for claim in dropped] == ["They cost 5 € [1].", "2. Wait 77 hours [1]."]
    kept = "Refunds take 14 days [1].\n\nSteps:\n\n1. Write to us [1].\n\nDone."
    assert grounding.without(answer, dropped) == kept


def test_what_led_up_to_a_dropped_list_goes_with_it():
    answer = "Hello.\n\nIt costs:\n\n- 5 € [1]\n- 6 € [1]"
    assert grounding.without(answer, sources().unsupported(answer)) == "Hello."


QUESTION = "How long does it take to get my money back?"


async def test_the_model_says_it_again(provider, marker, ask, refunds):
    """Red when `_conclude` replies without looking."""
    provider.script(
        marker, Say(pieces=("Within 90 days [1].", " Write to us [1].")), Say(pieces=("Within 14 ", "days [1]."))
    )
    provider.script("state numbers, dates", Say(pieces=("Within 14 ", "days [1].")))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.shown == "Within 90 days [1]. Write to us [1]."
    assert turn.steps == ["search_knowledge", "check_claims"]
    assert (turn.reply.text, turn.reply.answered) == ("Within 14 days [1].", True)
    assert [citation.index for citation in turn.reply.citations] == [1]
    assert turn.reply.usage.model_calls == 2
    complaint = provider.calls(marker)[-1]["messages"][-1]["content"]
    assert "- Within 90 days [1]." in complaint
    assert "Write to us" not in complaint


async def test_what_is_wrong_again_is_left_out(provider, marker, ask, refunds):
    """Red when what was said again is not looked at."""
    provider.script(marker, Say(pieces=("Within 90 days [1].",)))
    provider.script("state numbers, dates", Say(pieces=("Write to billing [1]. It takes 80 days [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.text == "Write to billing [1]."


async def test_when_nothing_is_left_it_does_not_know(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Within 90 days [1].",)))
    provider.script("state numbers, dates", Say(pieces=("Within 91 days [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert not turn.reply.answered
    assert turn.reply.citations == ()
    assert turn.reply.text.startswith("I'm sorry, I don't know that")


async def test_a_model_that_fails_to_say_it_again(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Write to billing [1]. It takes 90 days [1].",)))
    provider.script("state numbers, dates", Say(status=500))
    assert (await ask(f"{QUESTION} {marker}")).reply.text == "Write to billing [1]."


async def test_a_right_answer_costs_one_call(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Within 14 days [1].",)))
    turn = await ask(f"{QUESTION} {marker} {uuid.uuid4()}")
    assert (turn.reply.text, turn.reply.usage.model_calls) == ("Within 14 days [1].", 1)
    assert turn.steps == ["search_knowledge"]
