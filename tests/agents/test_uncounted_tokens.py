"""A server that counts no tokens: they are estimated, and everything that is limited by them is limited all the same."""

import json
import math
from decimal import Decimal

import pytest

from agents import tokens
from agents.turn import Limits
from config.common import db
from config.common.prices import parse_prices
from support.budget import Allowance
from support.spending import ledger
from tests.agents.streaming import listen
from tests.agents.test_bounds import tools_of
from tests.fakes.model import Say
from tests.support.conversations import ask as write
from tests.support.conversations import new_place

QUESTION = "How long does it take to get my money back?"
ANSWER = ("Within 14 days ", "[1].")


@pytest.mark.parametrize("counts", [None, (0, 0), (-5, -5), (10**15, 10**15)])
async def test_what_is_not_counted_is_estimated(provider, marker, counts):
    """Nothing, zeros, nonsense. Red when `_estimate` does nothing, and when `_count` takes any number."""
    provider.script(marker, Say(pieces=("x" * 397,), counts=counts))
    heard = await listen(marker, ({"type": "function", "function": {"name": "thing"}},))
    (request,) = provider.calls(marker)
    sent = [request["messages"], request["tools"]]
    assert heard.completion.input_tokens == math.ceil(sum(len(json.dumps(part)) for part in sent) / 4)
    assert heard.completion.output_tokens == 100


async def test_half_a_count_is_made_whole(provider, marker):
    provider.script(marker, Say(pieces=ANSWER, counts=(70, 0)))
    completion = (await listen(marker)).completion
    assert (completion.input_tokens, completion.output_tokens) == (70, 6)


async def test_a_tool_call_is_written_too(provider, marker):
    """Red when `_estimate` counts the text alone."""
    provider.script(marker, Say(tool=("thing", json.dumps({"words": "x" * 400})), counts=None))
    assert (await listen(marker)).completion.output_tokens > 100


def test_other_scripts_are_counted_in_bytes():
    """A character of theirs is about a token. Red when characters are counted."""
    assert tokens.estimated("好" * 99 + "x") == 75
    assert tokens.estimated(None, "", []) == 0


async def test_a_turn_has_to_answer_after_so_many(provider, marker, ask, refunds):
    """Red when `_estimate` does nothing: the model could call tools without an end."""
    search = Say(tool=("search_knowledge", '{"query": "x"}'), counts=None)
    provider.script(marker, search, Say(pieces=ANSWER, counts=None))
    await ask(f"{QUESTION} {marker}", limits=Limits(tokens=100))
    assert tools_of(provider.calls(marker)) == [True, False]


async def test_a_limit_of_spending_bites(provider, marker, ask, refunds, settings):
    """What two turns are estimated at is all that may be spent. Red when `settle` enters nothing for an estimate."""
    settings.MODEL_PRICES = parse_prices([f"{settings.OPENAI_MODEL}=1/2"])
    provider.script(marker, Say(pieces=ANSWER, counts=None))
    place = await db.run(new_place)
    await db.run(write, place)
    usage = (await ask(f"{QUESTION} {marker}")).reply.usage
    assert usage.cost == Decimal(usage.input_tokens + 2 * usage.output_tokens) / 1_000_000
    settings.MODEL_CONVERSATION_TOKENS = 2 * (usage.input_tokens + usage.output_tokens)
    for limit in ("", "", "conversation_tokens"):
        allowance = Allowance()
        assert await db.run(allowance.ask, place.inbox, place.conversation) == limit
        await db.run(allowance.settle, usage)
    spent = await db.run(ledger.in_conversation, place.conversation)
    assert spent == ledger.Spent(settings.MODEL_CONVERSATION_TOKENS, 2 * usage.cost)
