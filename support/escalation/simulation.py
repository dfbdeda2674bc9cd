"""Simulations: a policy replayed over an inbox's past conversations, in a worker or a command, with progress."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now

from agents.escalation import parsing
from agents.escalation.rules import Policy, Rule
from config.common.errors import Conflict
from sessions_app.models import Inbox
from support.escalation import replay
from support.escalation.models import EscalationSimulation
from support.escalation.replay import Compared

State = EscalationSimulation.State

# Conversations that the result lists.
MAX_LISTED = 200
MAX_DAYS = 366
_TELL_EVERY = 20
# One that has not got on for so long has lost its worker.
LOST = timedelta(minutes=5)


class Busy(Conflict):
    """One at a time for an inbox."""

    default_detail = "A simulation of this inbox is under way. Wait until it is done."


def start(inbox: Inbox, rules: Iterable[Rule], since: datetime, until: datetime, author: Any) -> EscalationSimulation:
    """Ask for a simulation. Raises Busy while another of this inbox is under way."""
    if under_way(inbox).exists():
        raise Busy()
    return EscalationSimulation.objects.create(
        inbox=inbox, rules=parsing.to_json(list(rules)), since=since, until=until, author=author
    )


def under_way(inbox: Inbox) -> Any:
    """The inbox's simulations that are not over, and still get on."""
    rows = EscalationSimulation.objects.filter(inbox=inbox, state__in=[State.WAITING, State.RUNNING])
    return rows.filter(beat_at__gt=Now() - LOST)


def run(simulation_id: int) -> None:
    """Work on a simulation that waits; one that was begun already is left alone."""
    mine = EscalationSimulation.objects.filter(pk=simulation_id, state=State.WAITING)
    if not mine.update(state=State.RUNNING, beat_at=Now()):
        return
    row = EscalationSimulation.objects.select_related("inbox").get(pk=simulation_id)
    rows = EscalationSimulation.objects.filter(pk=simulation_id)

    def tell(done: int, total: int) -> None:
        if done % _TELL_EVERY == 0 or done == total:
            rows.update(done=done, total=total, beat_at=Now())

    try:
        result = simulate(Policy(0, parsing.from_json(row.rules)), row.inbox, row.since, row.until, tell)
    except Exception as error:
        rows.update(state=State.FAILED, error=f"{type(error).__name__}: {error}"[:500], finished_at=Now())
        raise
    rows.update(state=State.DONE, result=result, finished_at=Now())


def simulate(
    policy: Policy, inbox: Inbox, since: datetime, until: datetime, tell: Callable[[int, int], None]
) -> dict[str, Any]:
    """What the policy would have done; `tell(done, total)` is called after each conversation. Nothing is written."""
    rows = list(replay.conversations(inbox, since, until).select_related("customer"))
    tell(0, len(rows))
    compared = []
    for number, one in enumerate(replay.replay(policy, inbox, rows), 1):
        compared.append(one)
        tell(number, len(rows))
    return summary(policy, compared)


def summary(policy: Policy, compared: list[Compared]) -> dict[str, Any]:
    """Counts, and the conversations that differ: `{conversations, then, now, more, fewer, earlier, by_agent, rules, listed}`."""
    kinds = Counter(one.kind for one in compared)
    hits = Counter(decision.position for one in compared for _, decision in one.decisions)
    conversations = Counter(
        position for one in compared for position in {decision.position for _, decision in one.decisions}
    )
    different = [one for one in compared if one.kind != "same"]
    return {
        "conversations": len(compared),
        "then": sum(one.then is not None for one in compared),
        "now": sum(one.now is not None for one in compared),
        **{kind: kinds[kind] for kind in ("more", "fewer", "earlier")},
        "by_agent": sum(one.now is not None and one.by is None for one in compared),
        "capped": len(compared) >= replay.MAX_CONVERSATIONS,
        "rules": [
            {
                "position": position,
                "name": rule.name,
                "action": rule.action,
                "enabled": rule.enabled,
                "turns": hits[position],
                "conversations": conversations[position],
            }
            for position, rule in enumerate(policy.rules, 1)
        ],
        "listed": [_listed(one) for one in different[:MAX_LISTED]],
        "different": len(different),
    }


def _listed(one: Compared) -> dict[str, Any]:
    return {
        "id": str(one.conversation),
        "kind": one.kind,
        "then": one.then,
        "now": one.now,
        "rule": one.by.rule.name if one.by else "",
        "reason": one.by.rule.reason if one.by else "",
        "values": one.by.values if one.by else {},
    }


def change_percent(result: dict[str, Any]) -> float | None:
    """By how many percent hand-overs change; None when there were none."""
    return 100 * (result["now"] - result["then"]) / result["then"] if result["then"] else None


def headline(result: dict[str, Any]) -> str:
    """The outcome in a sentence."""
    if not result["conversations"]:
        return "There are no conversations in this time range."
    change, more = change_percent(result), result["now"] - result["then"]
    if more == 0:
        return "Would have escalated as often."
    if change is None:
        return f"Would have escalated {result['now']} conversation{'' if result['now'] == 1 else 's'}; none was."
    return f"Would have escalated {abs(change):.0f} % {'more' if more > 0 else 'less'}."
