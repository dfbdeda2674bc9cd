"""Rules from and to JSON, checked: what is stored is what `parse` lets through."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from agents.escalation.rules import REASONS, Action, Rule, Trigger
from agents.escalation.triggers import TRIGGERS, Kind

MAX_RULES = 50
MAX_NAME = 80
MAX_ATTRIBUTE = 64
MAX_WORDS = 100
MAX_WORD = 300
MAX_TEXT = 2_000


class BadRule(ValueError):
    """A rule that cannot be. fields: what is wrong, by the field's name."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in fields.items()))
        self.fields = fields


def to_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The rules as they are stored."""
    return [asdict(rule) | {"words": list(rule.words)} for rule in rules]


def from_json(stored: Sequence[dict[str, Any]]) -> tuple[Rule, ...]:
    """Stored rules. Raises BadRule for what no `parse` let through."""
    if len(stored) > MAX_RULES:
        raise BadRule({"rules": f"There are {len(stored)} rules; the limit is {MAX_RULES}."})
    return tuple(parse(one) for one in stored)


def parse(raw: dict[str, Any]) -> Rule:
    """A rule, without the parameters that its trigger does not take. Raises BadRule with all that is wrong."""
    problems: dict[str, str] = {}
    trigger = _choice(Trigger, raw.get("trigger"), "trigger", problems)
    action = _choice(Action, raw.get("action"), "action", problems)
    name = _text(raw.get("name"), MAX_NAME, "name", problems)
    text = _text(raw.get("text"), MAX_TEXT, "text", problems)
    kind = TRIGGERS[trigger] if trigger else None
    reason: Any = raw.get("reason") or (kind.reason if kind else "")
    if not name and "name" not in problems:
        problems["name"] = "Give the rule a name: traces show it."
    if reason not in REASONS:
        problems["reason"] = f"Choose one of {', '.join(REASONS)}."
    if action is Action.REFUSE and not text:
        problems["text"] = "Write what the customer is told instead of an answer."
    parameters = _parameters(raw, kind, problems) if kind else {}
    if problems:
        raise BadRule(problems)
    takes_text = action in (Action.REFUSE, Action.OFFER)
    return Rule(
        name,
        trigger,
        action,
        reason,
        enabled=bool(raw.get("enabled", True)),
        text=text if takes_text else "",
        **parameters,
    )


def _parameters(raw: dict[str, Any], kind: Kind, problems: dict[str, str]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if kind.amount:
        least, usual, most = kind.amount
        amount = raw.get("amount")
        parameters["amount"] = amount = usual if amount is None else amount
        if not isinstance(amount, int) or not least <= amount <= most:
            problems["amount"] = f"Write a whole number from {least} to {most}."
    if kind.takes_attribute:
        parameters["attribute"] = _text(raw.get("attribute"), MAX_ATTRIBUTE, "attribute", problems)
        if not parameters["attribute"]:
            problems["attribute"] = "Name the attribute."
    if kind.words:
        words = tuple(dict.fromkeys(" ".join(str(word).split()) for word in raw.get("words") or ()))
        parameters["words"] = words = tuple(word for word in words if word)
        if problem := _wrong_words(words, kind):
            problems["words"] = problem
    return parameters


def _wrong_words(words: tuple[str, ...], kind: Kind) -> str:
    if any("\x00" in word for word in words):
        return "NUL characters cannot be stored."
    if not words:
        return f"Write the {kind.words}, one on each line."
    if len(words) > MAX_WORDS:
        return f"There are {len(words)} {kind.words}; the limit is {MAX_WORDS}."
    if long := next((word for word in words if len(word) > MAX_WORD), None):
        return f"“{long[:40]}…” has {len(long):,} characters; the limit is {MAX_WORD}."
    return ""


def _choice(kind: Any, value: Any, name: str, problems: dict[str, str]) -> Any:
    try:
        return kind(value)
    except ValueError:
        problems[name] = f"Choose one of {', '.join(kind)}."
        return None


def _text(value: Any, most: int, name: str, problems: dict[str, str]) -> str:
    text = str(value or "").replace("\r\n", "\n").strip()
    if len(text) > most:
        problems[name] = f"It has {len(text):,} characters; the limit is {most:,}."
    elif "\x00" in text:
        problems[name] = "NUL characters cannot be stored."
    return text
