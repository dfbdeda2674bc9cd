"""From a conversation to a snapshot: what the rules of a policy need is looked at, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents import intents
from agents.escalation import offers, repeats, topics, wording
from agents.escalation.readings import Reading
from agents.escalation.rules import Policy, Trigger
from agents.escalation.snapshot import Circumstances, Snapshot


@dataclass(frozen=True)
class Said:
    """What was said before, oldest first, since people last answered."""

    by_customer: Sequence[str] = ()
    by_agent: Sequence[str] = ()


def observe(policy: Policy, text: str, said: Said, circumstances: Circumstances) -> Snapshot:
    """The turn before there is an answer. Blocks: embeds what the policy needs to know the meaning of."""
    snapshot = Snapshot(text, circumstances=circumstances)
    if policy.needs(Trigger.CUSTOMER_REQUEST, Trigger.ANGER):
        person, anger = _meaning(text, reads_anger=policy.needs(Trigger.ANGER))
        accepts = bool(said.by_agent) and offers.accepted(text) and offers.made(said.by_agent[-1], policy)
        snapshot = replace(snapshot, person=person, anger=anger, accepts=accepts)
    if policy.needs(Trigger.CUSTOMER_REPEATS):
        snapshot = replace(snapshot, times=repeats.of_customer(text, said.by_customer))
    if wanted := tuple(rule.words for rule in policy.rules if rule.enabled and rule.trigger is Trigger.TOPIC):
        snapshot = replace(snapshot, topics=topics.read(text, tuple(dict.fromkeys(wanted))))
    return snapshot


def _meaning(text: str, *, reads_anger: bool) -> tuple[Reading, Reading]:
    """The wish for a person, and anger. Words that are always a wish, and small talk, need no embedding."""
    intent = intents.recognise(text)
    if intent is intents.Intent.PERSON and not reads_anger:
        return Reading(1.0), Reading()
    if intent not in (None, intents.Intent.PERSON):
        return Reading(), Reading()
    found = wording.read(text)
    return Reading(1.0) if intent is intents.Intent.PERSON else found["person"], found["anger"]
