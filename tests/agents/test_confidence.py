"""Confidence is about passages: an answer that says what a tool said has none, and is not judged by it."""

import pytest

from agents import outcomes
from agents.escalation.rules import Action, Policy, Rule, Trigger
from agents.turn import Limits, Outcome
from tests.fakes.model import Say

pytestmark = pytest.mark.usefixtures("shop")

QUESTION = "Where is my order 7?"
UNSURE = Policy(1, (Rule("Unsure", Trigger.LOW_CONFIDENCE, Action.ESCALATE, "missing_knowledge", amount=99),))
CALL = Say(tool=("order_state", '{"number": 7}'))


async def test_what_a_tool_said_is_neither_sure_nor_unsure(provider, marker, ask, refunds):
    """Red when `_weighed` gives what rests on tools a confidence: the rule would hand over each such conversation."""
    provider.script(marker, CALL, Say(pieces=("Your order 7 is on its way.",)))
    turn = await ask(f"{QUESTION} {marker}", policy=UNSURE)
    assert (turn.reply.rests_on_tools, turn.reply.confidence, turn.reply.decided) == (True, None, None)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (None, "Your order is on its way."),
        (CALL, "It is on its way. You get your money back within 14 days."),
        (CALL, "It is on its way [1]."),
        (Say(tool=("order_state", '{"number": 404}')), "It is on its way."),
        (Say(tool=("search_knowledge", '{"query": "parcels"}')), "It is on its way."),
    ],
    ids=["no tool", "a passage's number", "cited", "refused", "a search"],
)
async def test_what_else_is_said_is_judged(provider, marker, ask, refunds, shop, call, said):
    """Red when `rest_on_tools` asks for no call that succeeded, leaves passages in, or a search counts as a tool."""
    shop.refuses.add("404")
    provider.script(marker, *filter(None, [call]), Say(pieces=(said,)))
    turn = await ask(f"{QUESTION} {marker}", policy=UNSURE)
    assert turn.escalate.decided.rule.name == "Unsure"


async def test_what_is_left_after_a_correction_may_rest_on_tools(provider, marker, ask, refunds):
    """Red when only an answer that was right at once is looked at."""
    provider.script(marker, CALL, Say(pieces=("It is on its way. It weighs 77 kg.",)))
    provider.script("state numbers, dates", Say(pieces=("It is on its way.",)))
    turn = await ask(f"{QUESTION} {marker}", policy=UNSURE)
    assert (turn.reply.text, turn.reply.rests_on_tools) == ("It is on its way.", True)


async def test_nothing_left_rests_on_nothing(provider, marker, ask, refunds):
    """Red when "I don't know" rests on the tool that was asked before it."""
    provider.script(marker, CALL, Say(pieces=("It weighs 77 kg.",)))
    provider.script("state numbers, dates", Say(pieces=("It weighs 78 kg.",)))
    assert (await ask(f"{QUESTION} {marker}", policy=UNSURE)).escalate.reason == "missing_knowledge"


async def test_what_asks_leave_claims_nothing(provider, marker, ask, refunds):
    """Red when `_weighed` looks at no request."""
    provider.script(marker, Say(tool=("place_order", '{"item": "tea"}')))
    assert (await ask(f"Please order tea {marker}")).reply.confidence is None


async def test_what_was_done_is_told_without_a_model(ask, refunds):
    done = Outcome("place_order", "c", "Order tea", {"item": "tea"}, "Ordered.", succeeded=True)
    turn = await ask("", outcome=done, policy=UNSURE)
    assert (turn.reply.text, turn.reply.rests_on_tools) == (outcomes.told(done, turn.context), True)


async def test_what_a_search_found_has_to_be_cited(provider, marker, ask, refunds, shipping):
    """Red when a search's result is among what tools said: it would bear out any sentence."""
    search = Say(tool=("search_knowledge", '{"query": "money back refund billing"}'))
    provider.script(marker, search, Say(pieces=("Parcels leave within 14 days [1].",)))
    provider.script("state numbers, dates", Say(status=500))
    turn = await ask(f"When do parcels leave the warehouse? {marker}", limits=Limits(passages=1))
    assert [passage.title for passage in turn.reply.passages] == ["Shipping", "Refunds"]
    assert not turn.reply.answered
