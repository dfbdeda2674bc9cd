"""Offering a person, and understanding a yes to it."""

import re

from agents import texts
from agents.escalation.rules import Action, Policy
from agents.language import LANGUAGES

_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please|please do|definitely|absolutely|of course|gladly|go ahead|i(?: would|'d)(?: like to| love to)?|"
    r"do (?:it|that)|that(?: would|'d) be (?:great|good|nice|lovely)|ja|gerne?|bitte|sí|si|claro|por favor|oui|volontiers|d'accord|s'il vous plaît)"
    r"(?:[\s,.!]+(?:yes|please|thanks?|thank you|do|sure|that(?: would|'d) be (?:great|good|nice|lovely)|i would|like to|gerne?|bitte|por favor|s'il vous plaît))*[\s.!]*$",
    re.IGNORECASE,
)


def offer(text: str, language: str) -> str:
    """A rule's own words, or the usual ones in a language."""
    return text or texts.say("offer", language)


def made(said: str, policy: Policy) -> bool:
    """Whether the agent's last words offer a person, in any language."""
    own = {rule.text for rule in policy.rules if rule.action is Action.OFFER and rule.text}
    offers = own | {texts.say("offer", language) for language in LANGUAGES}
    return said.rstrip().endswith(tuple(offers))


def accepted(text: str) -> bool:
    """Whether a text is a plain yes."""
    return bool(_YES.match(text.strip()))
