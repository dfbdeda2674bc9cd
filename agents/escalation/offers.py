"""Offering a person, and understanding a yes to it."""

import re

from agents.escalation.rules import Action, Policy

OFFER = "Would you like to talk to a person?"

_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please|please do|definitely|absolutely|of course|gladly|go ahead|i(?: would|'d)(?: like to| love to)?|"
    r"do (?:it|that)|that(?: would|'d) be (?:great|good|nice|lovely)|ja|gerne?|bitte|sí|si|claro|por favor|oui|volontiers|d'accord|s'il vous plaît)"
    r"(?:[\s,.!]+(?:yes|please|thanks?|thank you|do|sure|that(?: would|'d) be (?:great|good|nice|lovely)|i would|like to|gerne?|bitte|por favor|s'il vous plaît))*[\s.!]*$",
    re.IGNORECASE,
)


def offer(text: str) -> str:
    """A rule's own words, or the usual ones."""
    return text or OFFER


def made(said: str, policy: Policy) -> bool:
    """Whether the agent's last words offer a person."""
    offers = {OFFER, *(offer(rule.text) for rule in policy.rules if rule.action is Action.OFFER)}
    return said.rstrip().endswith(tuple(offers))


def accepted(text: str) -> bool:
    """Whether a text is a plain yes."""
    return bool(_YES.match(text.strip()))
