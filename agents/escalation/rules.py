"""A policy: an ordered list of rules. Frozen values, which code evaluates (agents.escalation.deciding)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args

EscalationReason = Literal[
    "customer_request",
    "missing_knowledge",
    "unsupported_request",
    "policy_restriction",
    "tool_failure",
    "negative_sentiment",
    "loop",
    "usage_limit",
]
REASONS: tuple[EscalationReason, ...] = get_args(EscalationReason)


class Trigger(StrEnum):
    """What a rule looks at (agents.escalation.triggers)."""

    CUSTOMER_REQUEST = "customer_request"
    ANGER = "anger"
    CUSTOMER_REPEATS = "customer_repeats"
    AGENT_REPEATS = "agent_repeats"
    FAILURES = "failures"
    LOW_CONFIDENCE = "low_confidence"
    KEYWORDS = "keywords"
    ATTRIBUTE = "attribute"
    OUTSIDE_HOURS = "outside_hours"
    TOOL_FAILURE = "tool_failure"
    TOPIC = "topic"


class Action(StrEnum):
    """What a rule does."""

    ESCALATE = "escalate"
    OFFER = "offer"
    ANSWER = "answer"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Rule:
    """When `trigger` holds, `action` is taken, for `reason`.

    amount: how often, or how many percent. words: keywords, values of the attribute, or phrasings of a topic.
    text: what a refusal says, or an offer instead of the usual words.
    """

    name: str
    trigger: Trigger
    action: Action
    reason: EscalationReason
    enabled: bool = True
    amount: int | None = None
    attribute: str = ""
    words: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Policy:
    """An inbox's rules in order. version: 0 for the one that is built in."""

    version: int
    rules: tuple[Rule, ...]

    def needs(self, *triggers: Trigger) -> bool:
        """Whether an enabled rule looks at one of these."""
        return any(rule.enabled and rule.trigger in triggers for rule in self.rules)


@dataclass(frozen=True)
class Decision:
    """What was decided, and why. position: the rule's place in the policy, from 1. values: what it saw."""

    version: int
    position: int
    rule: Rule
    values: dict[str, Any] = field(default_factory=dict)
