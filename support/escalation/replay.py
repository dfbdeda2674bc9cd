"""What a policy would have done in past conversations: the live turn's own code, on snapshots of what is in the rows.

Nothing is written, no model is asked. Where the policy would have kept a conversation that was handed over, nobody
knows how the agent would have gone on: what came after is not judged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from agents.escalation import deciding
from agents.escalation.guard import answer_of
from agents.escalation.observing import observe
from agents.escalation.rules import Action, Decision, Policy
from agents.escalation.snapshot import Circumstances
from sessions_app import hours
from sessions_app.models import Inbox
from support.escalation import judging, turns
from support.escalation.turns import Turn
from support.models import Conversation

# Of a time range the newest.
MAX_CONVERSATIONS = 2_000
_BATCH = 50


@dataclass(frozen=True)
class Compared:
    """A conversation then and under the policy. then, now: the customer's message at which it was handed over; None: never.

    decisions: what rules would have decided, each with the message it is about. by: what would have handed it over.
    """

    conversation: UUID
    then: int | None
    now: int | None
    by: Decision | None = None
    decisions: list[tuple[int, Decision]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """`same`, `more`, `fewer` or `earlier`: after the hand-over of then nothing is compared."""
        if self.then == self.now:
            return "same"
        if self.then is None or self.now is None:
            return "more" if self.then is None else "fewer"
        return "earlier"


def conversations(inbox: Inbox, since: datetime, until: datetime) -> QuerySet[Conversation]:
    """Those begun in the time range, at most MAX_CONVERSATIONS, the newest first."""
    rows = Conversation.objects.filter(inbox=inbox, created_at__gte=since, created_at__lt=until)
    return rows.order_by("-created_at", "id")[:MAX_CONVERSATIONS]


def replay(policy: Policy, inbox: Inbox, rows: Sequence[Conversation]) -> Iterator[Compared]:
    """Each conversation compared; blocks, in batches of statements."""
    for start in range(0, len(rows), _BATCH):
        batch = list(rows[start : start + _BATCH])
        past_turns = turns.of_conversations([row.pk for row in batch])
        for row in batch:
            yield compare(policy, inbox, row, past_turns[row.pk])


def compare(policy: Policy, inbox: Inbox, row: Conversation, past_turns: Sequence[Turn]) -> Compared:
    """One conversation up to its first hand-over, of then or of now."""
    then = next((turn.run.in_reply_to for turn in past_turns if turn.escalated), None)
    decisions: list[tuple[int, Decision]] = []
    customer = row.customer
    known = judging.attributes(
        customer.metadata, identified=customer.identified, email=customer.email, locale=row.locale
    )
    for turn in past_turns:
        is_open = hours.is_open(inbox.opening_hours, inbox.timezone, turn.run.created_at)
        decision = _decide(policy, turn, Circumstances(is_open, known, turn.unanswered_before, turn.failed_before))
        if decision is not None:
            decisions.append((turn.run.in_reply_to, decision))
        if decision is not None and decision.rule.action is Action.ESCALATE:
            return Compared(row.pk, then, turn.run.in_reply_to, decision, decisions)
        refused = decision is not None and deciding.ends(decision)
        if turn.asked and not refused:
            return Compared(row.pk, then, turn.run.in_reply_to, None, decisions)
        if turn.escalated:
            break
    return Compared(row.pk, then, None, None, decisions)


def _decide(policy: Policy, turn: Turn, circumstances: Circumstances) -> Decision | None:
    snapshot = observe(policy, turn.text, turn.said, circumstances)
    decision = deciding.decide(policy, snapshot)
    if deciding.ends(decision) or turn.reply is None:
        return decision
    answer = answer_of(turn.text, turn.reply, turn.said, turn.failed_calls)
    return deciding.decide(policy, replace(snapshot, answer=answer))
