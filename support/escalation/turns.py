"""The turns of past conversations, as they looked when they were under way."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from agents.escalation.guard import said_since_people
from agents.escalation.observing import Said
from agents.models import ToolCall
from agents.turn import Reply, Usage, Utterance
from support.escalation import past
from support.models import Message, Run

# Of a conversation the first turns.
MAX_TURNS = 40
# How runs end that were a turn of the agent's.
_TURNS = ("answered", "not_known", "refused", "escalated", "failed")
_SPOKEN = (Message.Role.CUSTOMER, Message.Role.ASSISTANT, Message.Role.HUMAN)


@dataclass(frozen=True)
class Turn:
    """A run and what it led to. reply: None when there was no answer. asked: the agent itself asked for a person.

    unanswered_before, failed_before: as the circumstances have them. failed_calls: of this turn.
    """

    run: Run
    text: str
    said: Said
    reply: Reply | None
    asked: bool
    failed_calls: int
    unanswered_before: int
    failed_before: int

    @property
    def escalated(self) -> bool:
        """Whether it was handed to people then."""
        return self.run.reason == "escalated"


@dataclass(frozen=True)
class _Rows:
    runs: list[Run]
    messages: list[Message]
    asked: set[UUID]
    failed: dict[UUID, int]


def of_conversations(ids: Sequence[UUID]) -> dict[UUID, list[Turn]]:
    """The turns of each conversation, in order: four statements for all of them."""
    runs: dict[UUID, list[Run]] = defaultdict(list)
    over = Run.objects.filter(conversation__in=ids).exclude(state=Run.State.ACTIVE).defer("passages")
    for run in over.order_by("created_at", "attempt"):
        runs[run.conversation_id].append(run)
    messages: dict[UUID, list[Message]] = defaultdict(list)
    spoken = Message.objects.filter(conversation__in=ids, role__in=_SPOKEN).defer("citations", "rating_comment")
    for message in spoken.order_by("seq"):
        messages[message.conversation_id].append(message)
    run_ids = [run.pk for group in runs.values() for run in group]
    asked = set(ToolCall.objects.filter(run__in=run_ids, tool="escalate_to_human").values_list("run", flat=True))
    failed = past.failed_calls(run_ids)
    return {one: list(_turns(_Rows(runs[one], messages[one], asked, failed)))[:MAX_TURNS] for one in ids}


def _turns(rows: _Rows) -> Iterator[Turn]:
    answered = 0
    before: list[tuple[UUID, str]] = []
    for run in rows.runs:
        if run.reason in _TURNS:
            yield _turn(rows, run, answered, before)
            answered = run.in_reply_to
        before = past.since_people([(run.pk, run.reason), *before])


def _turn(rows: _Rows, run: Run, answered: int, before: list[tuple[UUID, str]]) -> Turn:
    """As support.context loads it: what nobody had answered is the question, the rest is what was said before."""
    so_far = [row for row in rows.messages if row.seq <= run.in_reply_to]
    by_people = max((row.seq for row in so_far if row.role == Message.Role.HUMAN), default=0)
    new = [row for row in so_far if row.role == Message.Role.CUSTOMER and row.seq > max(answered, by_people)]
    history = tuple(Utterance(row.role, row.text) for row in so_far if row not in new)  # type: ignore[arg-type]
    return Turn(
        run=run,
        text="\n".join(row.text for row in new),
        said=said_since_people(history),
        reply=_reply(rows, run),
        asked=run.pk in rows.asked,
        failed_calls=rows.failed.get(run.pk, 0),
        unanswered_before=past.unanswered(reason for _, reason in before),
        failed_before=sum(rows.failed.get(run_id, 0) for run_id, _ in before),
    )


def _reply(rows: _Rows, run: Run) -> Reply | None:
    row = next((row for row in rows.messages if row.run_id == run.pk and row.role == Message.Role.ASSISTANT), None)
    if row is None:
        return None
    answered = run.reason != "not_known"
    return Reply(row.text, (), run.engine, Usage(), answered=answered, confidence=run.confidence)  # type: ignore[arg-type]
