"""The policy of an inbox that has none of its own: the wish for a person is granted, the rest is left to the agent.

The other rules are suggestions: switched off, so that an administrator can simulate them and switch them on.
"""

from agents.escalation.rules import Action, Policy, Rule, Trigger

BUILT_IN = Policy(
    version=0,
    rules=(
        Rule("Asks for a person", Trigger.CUSTOMER_REQUEST, Action.ESCALATE, "customer_request"),
        Rule("Is angry", Trigger.ANGER, Action.ESCALATE, "negative_sentiment", enabled=False),
        Rule("A tool failed", Trigger.TOOL_FAILURE, Action.OFFER, "tool_failure", enabled=False, amount=1),
        Rule("Asks the same again", Trigger.CUSTOMER_REPEATS, Action.ESCALATE, "loop", enabled=False, amount=3),
        Rule("Same answer again", Trigger.AGENT_REPEATS, Action.ESCALATE, "loop", enabled=False, amount=2),
        Rule("Unknown twice", Trigger.FAILURES, Action.ESCALATE, "missing_knowledge", enabled=False, amount=2),
        Rule("Unsure answer", Trigger.LOW_CONFIDENCE, Action.OFFER, "missing_knowledge", enabled=False, amount=50),
    ),
)
