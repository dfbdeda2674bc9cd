"""What may be a rule: every limit from both sides, and what is stored comes back the same."""

import pytest

from agents.escalation import parsing
from agents.escalation.default import BUILT_IN
from agents.escalation.parsing import BadRule

GOOD = {"name": "n", "trigger": "anger", "action": "escalate", "reason": "loop"}
WORDS = {"trigger": "keywords", "words": ["a"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"name": "x" * parsing.MAX_NAME}, None),
        ({"name": "x" * (parsing.MAX_NAME + 1)}, "name"),
        ({"name": " "}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"trigger": "mood"}, "trigger"),
        ({"action": "shout"}, "action"),
        ({"reason": "because"}, "reason"),
        ({"reason": ""}, None),
        ({"trigger": "customer_repeats", "amount": 2}, None),
        ({"trigger": "customer_repeats", "amount": 10}, None),
        ({"trigger": "customer_repeats", "amount": 1}, "amount"),
        ({"trigger": "customer_repeats", "amount": 11}, "amount"),
        ({"trigger": "low_confidence", "amount": 99}, None),
        ({"trigger": "low_confidence", "amount": 100}, "amount"),
        ({"trigger": "low_confidence", "amount": "50"}, "amount"),
        ({"action": "refuse"}, "text"),
        ({"action": "refuse", "text": "x" * parsing.MAX_TEXT}, None),
        ({"action": "refuse", "text": "x" * (parsing.MAX_TEXT + 1)}, "text"),
        (WORDS, None),
        (WORDS | {"words": []}, "words"),
        (WORDS | {"words": [" "]}, "words"),
        (WORDS | {"words": ["a\x00"]}, "words"),
        (WORDS | {"words": ["x" * parsing.MAX_WORD]}, None),
        (WORDS | {"words": ["x" * (parsing.MAX_WORD + 1)]}, "words"),
        (WORDS | {"words": [f"w{n}" for n in range(parsing.MAX_WORDS)]}, None),
        (WORDS | {"words": [f"w{n}" for n in range(parsing.MAX_WORDS + 1)]}, "words"),
        ({"trigger": "attribute", "attribute": "plan", "words": ["gold"]}, None),
        ({"trigger": "attribute", "attribute": "", "words": ["gold"]}, "attribute"),
        ({"trigger": "attribute", "attribute": "x" * (parsing.MAX_ATTRIBUTE + 1), "words": ["gold"]}, "attribute"),
    ],
)
def test_limits(changes, field):
    if field is None:
        parsing.parse(GOOD | changes)
        return
    with pytest.raises(BadRule) as bad:
        parsing.parse(GOOD | changes)
    assert set(bad.value.fields) == {field}


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(BadRule) as bad:
        parsing.parse({"trigger": "keywords", "action": "refuse", "reason": "x"})
    assert set(bad.value.fields) == {"name", "reason", "text", "words"}


def test_what_a_trigger_does_not_take_is_left_out():
    rule = parsing.parse(GOOD | {"amount": 5, "words": ["a"], "attribute": "b", "text": "c"})
    assert (rule.amount, rule.words, rule.attribute, rule.text) == (None, (), "", "")


def test_stored_rules_come_back_and_are_not_too_many():
    assert parsing.from_json(parsing.to_json(BUILT_IN.rules)) == BUILT_IN.rules
    assert len(parsing.from_json([GOOD] * parsing.MAX_RULES)) == parsing.MAX_RULES
    with pytest.raises(BadRule):
        parsing.from_json([GOOD] * (parsing.MAX_RULES + 1))
