"""Policies for tests that work on the test database."""

from agents.escalation.rules import Action, Rule, Trigger
from sessions_app.models import Inbox
from support.escalation import policies

ANGER = Rule("Angry", Trigger.ANGER, Action.ESCALATE, "negative_sentiment")
REFUND = Rule("Refunds", Trigger.KEYWORDS, Action.ESCALATE, "unsupported_request", words=("refund",))
TWICE = Rule("Unknown twice", Trigger.FAILURES, Action.ESCALATE, "missing_knowledge", amount=2)
OFF_TOPIC = Rule("Weather", Trigger.KEYWORDS, Action.REFUSE, "policy_restriction", words=("weather",), text="Not here.")


def enforce(inbox_id, *rules: Rule):
    """Put these rules in force; returns the policy's row."""
    inbox = Inbox.objects.get(pk=inbox_id)
    policies.save_draft(inbox, rules)
    return policies.put_in_force(inbox, None)
