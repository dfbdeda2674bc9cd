"""A turn under a policy: judged before it is answered, and the answer before it is given."""

import pytest

from agents.escalation.offers import OFFER
from agents.escalation.rules import Action, Policy, Rule, Trigger
from agents.escalation.snapshot import Circumstances
from agents.turn import Utterance
from tests.agents.conftest import context_of
from tests.fakes.model import Say

REFUSAL = "We give no tax advice. Please ask a tax adviser."
TAXES = ("Which taxes do I have to pay?", "Can I deduct this from my taxes?", "Please give me some tax advice")


def policy(*rules: Rule) -> Policy:
    return Policy(4, rules)


def rule(trigger: Trigger, action: Action = Action.ESCALATE, **fields) -> Rule:
    return Rule(**({"name": "r", "trigger": trigger, "action": action, "reason": "loop"} | fields))


ANGER = rule(Trigger.ANGER, reason="negative_sentiment")
UNSURE = rule(Trigger.LOW_CONFIDENCE, Action.OFFER, amount=50, reason="missing_knowledge")


async def test_an_angry_customer_gets_a_person(ask, refunds):
    """Red when `turn` does not ask the guard before it answers."""
    turn = await ask("This is ridiculous, you are completely useless!", policy=policy(ANGER))
    assert turn.escalate.reason == "negative_sentiment"
    decided = turn.escalate.decided
    assert (decided.version, decided.position) == (4, 1)
    assert decided.values["likely"] > 0.9
    assert turn.shown == ""


async def test_without_such_a_rule_the_agent_answers(ask, refunds):
    turn = await ask("This is ridiculous, you are completely useless!")
    assert not turn.reply.answered
    assert turn.reply.decided is None


async def test_a_wish_in_other_words_needs_no_rule_of_ones_own(ask, refunds):
    turn = await ask("could one of your people phone me about it?")
    assert turn.escalate.reason == "customer_request"
    assert turn.escalate.decided.version == 0


async def test_a_yes_to_the_offer_is_a_wish(ask, refunds):
    """Red when `observe` does not look at the offer."""
    unknown = (Utterance("customer", "Do you sell zeppelins?"), Utterance("assistant", f"I don't know. {OFFER}"))
    assert (await ask("yes please", history=unknown)).escalate.reason == "customer_request"
    told = (Utterance("assistant", "Shall I go on?"),)
    assert (await ask("yes please", history=told)).reply.text


async def test_a_topic_is_refused_in_the_rules_words(ask, refunds):
    """Red when `verdict` escalates whatever the action."""
    off = rule(Trigger.TOPIC, Action.REFUSE, words=TAXES, text=REFUSAL, reason="policy_restriction")
    turn = await ask("what taxes do I have to pay here", policy=policy(off))
    assert (turn.reply.text, turn.reply.engine, turn.steps) == (REFUSAL, "curated", [])
    answered = await ask("how long does it take to get my money back", policy=policy(off))
    assert answered.reply.text != REFUSAL


async def test_a_person_is_offered_after_an_unsure_answer_once(ask, refunds):
    """Red when `after` does not look whether the answer offers one already."""
    turn = await ask("Do you sell zeppelins in Gent?", policy=policy(UNSURE))
    assert turn.reply.text.count(OFFER) == 1
    assert turn.reply.decided.rule.reason == "missing_knowledge"
    sure = await ask("does it take long to get my money back", policy=policy(UNSURE))
    assert sure.reply.decided is None
    assert sure.reply.confidence >= 0.5


async def test_an_offer_in_ones_own_words(ask, refunds):
    own = rule(Trigger.KEYWORDS, Action.OFFER, words=("money",), text="Shall Anna call you?")
    turn = await ask("does it take long to get my money back", policy=policy(own))
    assert turn.reply.text.endswith("\n\nShall Anna call you?")


async def test_an_earlier_rule_keeps_the_agent_answering(ask, refunds):
    """Red when `decide` skips rules that keep answering."""
    asleep = rule(Trigger.OUTSIDE_HOURS, Action.ANSWER)
    turn = await ask("What a disgrace!", policy=policy(asleep, ANGER), circumstances=Circumstances(is_open=False))
    assert turn.reply.decided.rule.trigger == "outside_hours"
    turn = await ask("What a disgrace!", policy=policy(asleep, ANGER))
    assert turn.escalate.reason == "negative_sentiment"


async def test_the_second_unknown_in_a_row_goes_to_people(ask, refunds):
    twice = policy(rule(Trigger.FAILURES, amount=2, reason="missing_knowledge"))
    assert not (await ask("Do you sell zeppelins?", policy=twice)).reply.answered
    turn = await ask("Do you sell zeppelins?", policy=twice, circumstances=Circumstances(unanswered=1))
    assert turn.escalate.reason == "missing_knowledge"


async def test_the_same_answer_is_not_given_again_nor_counted_across_people(ask, refunds):
    """Red when `said_since_people` looks at the whole history."""
    again = policy(rule(Trigger.AGENT_REPEATS, amount=2))
    first = await ask("does it take long to get my money back", policy=again)
    said = Utterance("assistant", first.reply.text)
    assert (
        await ask("does it take long to get my money back?", policy=again, history=(said,))
    ).escalate.reason == "loop"
    people = (said, Utterance("human", "I looked into it."))
    assert (await ask("does it take long to get my money back?", policy=again, history=people)).reply.text


async def test_the_policy_decides_whatever_the_model_says(ask, refunds, provider, marker):
    """Red when only answers without a model are judged."""
    provider.script(marker, Say(("You get your money back within 14 days.",)))
    turn = await ask(f"Is my money coming back {marker}?", policy=policy(UNSURE))
    assert turn.reply.engine == "llm"
    assert turn.reply.confidence == 0.0
    assert turn.reply.text.endswith(OFFER)


async def test_nothing_is_looked_at_that_no_rule_asks_for(refunds, monkeypatch):
    """Red when `observe` reads meanings without asking `needs`."""
    from agents.escalation import vectors
    from agents.escalation.guard import Guard

    monkeypatch.setattr(vectors, "of", lambda texts: pytest.fail("embedded"))
    hours = policy(rule(Trigger.OUTSIDE_HOURS))
    assert Guard(context_of("What is this about?", policy=hours)).before() is None
