"""Which rule decides: pure functions of frozen values, each trigger from both sides of its limit."""

import pytest

from agents.escalation.calibration import LIKELY
from agents.escalation.deciding import decide, ends
from agents.escalation.default import BUILT_IN
from agents.escalation.readings import Reading
from agents.escalation.rules import REASONS, Action, Policy, Rule, Trigger
from agents.escalation.snapshot import Answer, Circumstances, Snapshot
from agents.escalation.topics import RECOGNISED
from agents.escalation.triggers import TRIGGERS


def rule(trigger, **fields) -> Rule:
    return Rule(**({"name": "r", "trigger": trigger, "action": Action.ESCALATE, "reason": "loop"} | fields))


def holds(one: Rule, snapshot: Snapshot) -> bool:
    return decide(Policy(3, (one,)), snapshot) is not None


def answered(**fields) -> Answer:
    return Answer(**({"answered": True, "confidence": 0.9} | fields))


AT, BELOW = LIKELY["person"], LIKELY["person"] - 0.01
ANGRY, CALM = LIKELY["anger"], LIKELY["anger"] - 0.01
TOPIC = rule(Trigger.TOPIC, words=("tax advice",))
CASES = {
    "request": (rule(Trigger.CUSTOMER_REQUEST), Snapshot("", Reading(AT)), Snapshot("", Reading(BELOW))),
    "accepts": (rule(Trigger.CUSTOMER_REQUEST), Snapshot("yes", accepts=True), Snapshot("yes")),
    "anger": (rule(Trigger.ANGER), Snapshot("", anger=Reading(ANGRY)), Snapshot("", anger=Reading(CALM))),
    "customer": (rule(Trigger.CUSTOMER_REPEATS, amount=3), Snapshot("", times=3), Snapshot("", times=2)),
    "agent": (
        rule(Trigger.AGENT_REPEATS, amount=2),
        Snapshot("", answer=answered(times=2)),
        Snapshot("", answer=answered(times=1)),
    ),
    "failures": (
        rule(Trigger.FAILURES, amount=2),
        Snapshot("", circumstances=Circumstances(unanswered=1), answer=answered(answered=False)),
        Snapshot("", circumstances=Circumstances(unanswered=0), answer=answered(answered=False)),
    ),
    "answered after failures": (
        rule(Trigger.FAILURES, amount=1),
        Snapshot("", answer=answered(answered=False)),
        Snapshot("", circumstances=Circumstances(unanswered=5), answer=answered()),
    ),
    "confidence": (
        rule(Trigger.LOW_CONFIDENCE, amount=50),
        Snapshot("", answer=answered(confidence=0.499)),
        Snapshot("", answer=answered(confidence=0.5)),
    ),
    "no claim": (
        rule(Trigger.LOW_CONFIDENCE, amount=99),
        Snapshot("", answer=answered(confidence=0.0)),
        Snapshot("", answer=answered(confidence=None)),
    ),
    "keywords": (
        rule(Trigger.KEYWORDS, words=("data breach", "c++")),
        Snapshot("A DATA\n breach!"),
        Snapshot("data breaches"),
    ),
    "sign": (rule(Trigger.KEYWORDS, words=("c++",)), Snapshot("is it c++?"), Snapshot("is it c+?")),
    "attribute": (
        rule(Trigger.ATTRIBUTE, attribute="Plan", words=("Gold",)),
        Snapshot("", circumstances=Circumstances(attributes={"plan": "gold"})),
        Snapshot("", circumstances=Circumstances(attributes={"plan": "golden"})),
    ),
    "hours": (
        rule(Trigger.OUTSIDE_HOURS),
        Snapshot("", circumstances=Circumstances(is_open=False)),
        Snapshot("", circumstances=Circumstances(is_open=True)),
    ),
    "tool": (
        rule(Trigger.TOOL_FAILURE, amount=2),
        Snapshot("", circumstances=Circumstances(failed_calls=1), answer=answered(failed_calls=1)),
        Snapshot("", circumstances=Circumstances(failed_calls=1), answer=answered()),
    ),
    "topic": (
        TOPIC,
        Snapshot("", topics={TOPIC.words: Reading(RECOGNISED)}),
        Snapshot("", topics={TOPIC.words: Reading(RECOGNISED - 0.01)}),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_trigger_from_both_sides(case):
    one, yes, no = CASES[case]
    assert holds(one, yes)
    assert not holds(one, no)


def test_every_trigger_is_tested():
    assert {one.trigger for one, _, _ in CASES.values()} == set(Trigger) == set(TRIGGERS)
    assert {kind.reason for kind in TRIGGERS.values()} <= set(REASONS)


def test_the_first_rule_that_is_on_decides():
    """Red when `decide` goes through the rules backwards, or does not look at `enabled`."""
    angry = Snapshot("refund!", anger=Reading(1.0, "this is ridiculous"))
    off = rule(Trigger.ANGER, name="off", enabled=False)
    keyword = rule(Trigger.KEYWORDS, name="keyword", words=("refund",), action=Action.ANSWER)
    anger = rule(Trigger.ANGER, name="anger")
    decision = decide(Policy(7, (off, keyword, anger)), angry)
    assert (decision.version, decision.position, decision.rule.name) == (7, 2, "keyword")
    assert decision.values == {"keyword": "refund"}
    assert not ends(decision)
    decision = decide(Policy(7, (off, anger, keyword)), angry)
    assert decision.values == {"likely": 1.0, "from": ANGRY, "like": "this is ridiculous"}
    assert ends(decision)


def test_what_is_built_in_only_grants_the_wish_for_a_person():
    """Red when a suggestion of BUILT_IN is switched on."""
    worst = Snapshot(
        "",
        anger=Reading(1.0),
        times=9,
        circumstances=Circumstances(is_open=False, unanswered=9, failed_calls=9),
        answer=answered(answered=False, confidence=0.0, times=9),
    )
    assert decide(BUILT_IN, worst) is None
    assert decide(BUILT_IN, Snapshot("", Reading(1.0))).rule.reason == "customer_request"
