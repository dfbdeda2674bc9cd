"""What rules can look at: one table, a line for each trigger."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from agents.escalation.calibration import LIKELY
from agents.escalation.readings import Reading
from agents.escalation.rules import EscalationReason, Rule, Trigger
from agents.escalation.snapshot import Snapshot
from agents.escalation.topics import RECOGNISED

# What of a rule was seen, for the trace; None: it does not hold.
Values = dict[str, Any] | None
Words = Literal["", "keywords", "values", "phrasings"]


@dataclass(frozen=True)
class Kind:
    """A trigger: what it is called, which parameters it takes, what it usually is the reason for, and when it holds.

    amount: least, usual and most; None: it takes none. words: what its words are; empty: it takes none.
    """

    label: str
    help: str
    reason: EscalationReason
    holds: Callable[[Rule, Snapshot], Values]
    amount: tuple[int, int, int] | None = None
    unit: str = ""
    words: Words = ""
    takes_attribute: bool = False


def _reading(reading: Reading, least: float) -> Values:
    if reading.likely < least:
        return None
    return {"likely": round(reading.likely, 3), "from": least} | ({"like": reading.like} if reading.like else {})


def _request(rule: Rule, seen: Snapshot) -> Values:
    return {"accepted": "the offer of a person"} if seen.accepts else _reading(seen.person, LIKELY["person"])


def _times(times: int, rule: Rule) -> Values:
    least = rule.amount or 1
    return {"times": times, "from": least} if times >= least else None


def _agent_repeats(rule: Rule, seen: Snapshot) -> Values:
    return _times(seen.answer.times, rule) if seen.answer else None


def _failures(rule: Rule, seen: Snapshot) -> Values:
    if seen.answer is None or seen.answer.answered:
        return None
    return _times(seen.circumstances.unanswered + 1, rule)


def _low_confidence(rule: Rule, seen: Snapshot) -> Values:
    below = (rule.amount or 0) / 100
    if seen.answer is None or seen.answer.confidence is None or seen.answer.confidence >= below:
        return None
    return {"confidence": round(seen.answer.confidence, 3), "below": below}


def _keywords(rule: Rule, seen: Snapshot) -> Values:
    found = _any_of(rule.words).search(seen.text)
    return {"keyword": found[0]} if found else None


@lru_cache(256)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """The words as whole words, whatever their case and the space in them."""
    each = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)


def _attribute(rule: Rule, seen: Snapshot) -> Values:
    value = seen.circumstances.attributes.get(rule.attribute.casefold(), "")
    wanted = {word.casefold() for word in rule.words}
    return {"attribute": rule.attribute, "value": value} if value and value.casefold() in wanted else None


def _outside_hours(rule: Rule, seen: Snapshot) -> Values:
    return None if seen.circumstances.is_open else {"open": False}


def _tool_failure(rule: Rule, seen: Snapshot) -> Values:
    now = seen.answer.failed_calls if seen.answer else 0
    return _times(seen.circumstances.failed_calls + now, rule)


def _topic(rule: Rule, seen: Snapshot) -> Values:
    return _reading(seen.topics.get(rule.words, Reading()), RECOGNISED)


TRIGGERS: dict[Trigger, Kind] = {
    Trigger.CUSTOMER_REQUEST: Kind(
        "The customer asks for a person", "In any words, or with a yes to the offer.", "customer_request", _request
    ),
    Trigger.ANGER: Kind(
        "The customer is angry",
        "Insults, threats, shouting, plain frustration.",
        "negative_sentiment",
        lambda rule, seen: _reading(seen.anger, LIKELY["anger"]),
    ),
    Trigger.CUSTOMER_REPEATS: Kind(
        "The customer asks the same again",
        "In the same or other words, for so many times.",
        "loop",
        lambda rule, seen: _times(seen.times, rule),
        amount=(2, 3, 10),
        unit="times",
    ),
    Trigger.AGENT_REPEATS: Kind(
        "The agent gives the same answer again",
        "So many times, the one that it is about to give included.",
        "loop",
        _agent_repeats,
        amount=(2, 2, 10),
        unit="times",
    ),
    Trigger.FAILURES: Kind(
        "The agent does not know, again and again",
        "So many answers in a row that it did not know or that failed.",
        "missing_knowledge",
        _failures,
        amount=(1, 2, 10),
        unit="in a row",
    ),
    Trigger.LOW_CONFIDENCE: Kind(
        "The answer is unsure",
        "The likelihood that the passages answer the question is below so many percent. What a tool said is not judged by it.",
        "missing_knowledge",
        _low_confidence,
        amount=(1, 50, 99),
        unit="%",
    ),
    Trigger.KEYWORDS: Kind(
        "The message has a keyword",
        "Whole words or phrases, whatever their case.",
        "unsupported_request",
        _keywords,
        words="keywords",
    ),
    Trigger.ATTRIBUTE: Kind(
        "The customer has an attribute",
        "A name from the session's metadata, or identified, email, locale; and the values that count.",
        "policy_restriction",
        _attribute,
        words="values",
        takes_attribute=True,
    ),
    Trigger.OUTSIDE_HOURS: Kind(
        "Outside opening hours", "Nobody is there to take over.", "policy_restriction", _outside_hours
    ),
    Trigger.TOOL_FAILURE: Kind(
        "A tool failed",
        "So many calls that failed or broke off since the conversation began, or was last with people.",
        "tool_failure",
        _tool_failure,
        amount=(1, 1, 10),
        unit="times",
    ),
    Trigger.TOPIC: Kind(
        "The message is about a topic",
        "Phrasings as customers write them; what is like them counts.",
        "policy_restriction",
        _topic,
        words="phrasings",
    ),
}
