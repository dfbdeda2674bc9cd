"""The one place where a policy is evaluated: the live turn and the simulator both come here."""

from agents.escalation.rules import Action, Decision, Policy
from agents.escalation.snapshot import Snapshot
from agents.escalation.triggers import TRIGGERS

# What makes an answer needless.
ENDS = (Action.ESCALATE, Action.REFUSE)


def decide(policy: Policy, snapshot: Snapshot) -> Decision | None:
    """The first enabled rule that holds; None: nothing speaks against answering.

    A turn asks twice, before there is an answer and with it: what then is decided before, unless the answer goes on, stands.
    """
    for position, rule in enumerate(policy.rules, 1):
        if rule.enabled and (values := TRIGGERS[rule.trigger].holds(rule, snapshot)) is not None:
            return Decision(policy.version, position, rule, values)
    return None


def ends(decision: Decision | None) -> bool:
    """Whether the turn is over without an answer."""
    return decision is not None and decision.rule.action in ENDS
