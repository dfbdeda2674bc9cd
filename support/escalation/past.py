"""What the rows of a conversation say about its runs: how they ended, and which tool calls failed."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Count

from agents.models import ToolCall
from support.models import Run

# Runs that are looked at; a policy counts to 10 at most.
LOOKED_AT = 30
UNKNOWN = ("not_known", "failed")


def unanswered(reasons: Iterable[str]) -> int:
    """Of runs, the newest first, how many in a row did not know or failed; those that led to nothing do not count."""
    count = 0
    for reason in reasons:
        if reason in UNKNOWN:
            count += 1
        elif reason not in ("superseded", "stopped", "retrying"):
            break
    return count


def since_people(runs: Sequence[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    """Of runs (id, reason), the newest first, those after the conversation was last handed to people."""
    ended = next(
        (number for number, (_, reason) in enumerate(runs) if reason in ("escalated", "taken_over")), len(runs)
    )
    return list(runs[:ended])


def of_conversation(conversation_id: UUID) -> list[tuple[UUID, str]]:
    """The runs that are over, (id, reason), the newest first."""
    rows = Run.objects.filter(conversation=conversation_id).exclude(state=Run.State.ACTIVE)
    return list(rows.order_by("-created_at", "-attempt").values_list("id", "reason")[:LOOKED_AT])


def failed_calls(run_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many tool calls failed or broke off, by run; runs without any are left out."""
    rows = ToolCall.objects.filter(run__in=list(run_ids)).exclude(state=ToolCall.State.DONE)
    return dict(rows.order_by().values_list("run").annotate(Count("id")))
