"""Reading conversations; the look-ups that also authorise are the only way to get one from outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Now

from config.common import db
from config.common.errors import NotFound
from sessions_app import verified
from support import shapes
from support.models import Action, Conversation, Escalation, Message, Run
from support.workplaces import reach

PAGE = 500
# Actions that a conversation's view has.
SHOWN_ACTIONS = 5
# What is in the console's queue whatever the agent does in it.
_AT_HAND = Q(state__in=[Conversation.State.QUEUED, Conversation.State.HUMAN]) | Q(missed_at__isnull=False)

_POSITIONS = """
SELECT conversation.id, conversation.last_seq, conversation.version, run.id FROM support_conversation conversation
    LEFT JOIN support_run run ON run.conversation_id = conversation.id AND run.state = 'active'
WHERE conversation.id = ANY(%s)
"""


def queue_position(conversation: Conversation) -> int | None:
    """1 for the next in line of its inbox; None when it is not queued."""
    if conversation.state != Conversation.State.QUEUED:
        return None
    ahead = Conversation.objects.filter(
        inbox=conversation.inbox_id, state=Conversation.State.QUEUED, queued_at__lt=conversation.queued_at
    )
    return ahead.count() + 1


def view(conversation: Conversation) -> dict[str, Any]:
    """The conversation as the outside world sees it."""
    return shapes.conversation(conversation, queue_position(conversation), newest_actions(conversation))


def newest_actions(conversation: Conversation) -> list[Action]:
    """What the agent asked leave for, the newest last; few have any."""
    if conversation.action_count == 0:
        return []
    return list(Action.objects.filter(conversation=conversation).order_by("-created_at")[:SHOWN_ACTIONS])[::-1]


def action_of_customer(action_id: UUID, customer_id: UUID) -> Action:
    """An action in one of the customer's own conversations, or NotFound."""
    row = Action.objects.filter(id=action_id, conversation__customer=customer_id).first()
    if row is None:
        raise NotFound("There is no such action.")
    return row


def related() -> QuerySet[Conversation]:
    """Conversations with what `view` needs."""
    rows = Conversation.objects.select_related("inbox", "customer", "assignee")
    proven = verified.address_by("support_conversation.customer_id")
    return rows.annotate(verified_email=proven)  # type: ignore[no-redef]


def of_customer(conversation_id: UUID, customer_id: UUID) -> Conversation:
    """The customer's own conversation, or NotFound."""
    row = related().filter(id=conversation_id, customer=customer_id).first()
    if row is None:
        raise NotFound()
    return row


def of_inboxes(conversation_id: UUID, inbox_ids: Iterable[UUID] | None) -> Conversation:
    """The conversation, if it belongs to one of these inboxes (None: any), or NotFound."""
    rows = related().filter(id=conversation_id)
    row = (rows if inbox_ids is None else rows.filter(inbox__in=inbox_ids)).first()
    if row is None:
        raise NotFound()
    return row


def of_staff(conversation_id: UUID, user: Any) -> Conversation:
    """The conversation, if this member of staff may work in its inbox, or NotFound."""
    row = reach.within(related().filter(id=conversation_id), user).first()
    if row is None:
        raise NotFound()
    return row


def listed(inbox_ids: Iterable[UUID] | None) -> QuerySet[Conversation]:
    """The conversations of these inboxes (None: all), the most recently changed first."""
    rows = related().order_by("-updated_at", "id")
    return rows if inbox_ids is None else rows.filter(inbox__in=inbox_ids)


def open_conversation(customer_id: UUID) -> UUID | None:
    """The customer's newest conversation that is not closed."""
    rows = Conversation.objects.filter(customer=customer_id).exclude(state=Conversation.State.CLOSED)
    return rows.order_by("-created_at").values_list("id", flat=True).first()


def messages_after(conversation_id: UUID, seq: int, limit: int = PAGE) -> list[dict[str, Any]]:
    """The messages with a higher seq, in order, at most `limit`."""
    rows = Message.objects.filter(conversation=conversation_id, seq__gt=seq).order_by("seq")[:limit]
    return [shapes.message(row) for row in rows]


def messages_by_id(message_ids: list[str]) -> list[dict[str, Any]]:
    """These messages as they are now."""
    return [shapes.message(row) for row in Message.objects.filter(id__in=message_ids).order_by("seq")]


def snapshot(conversation_id: UUID) -> tuple[dict[str, Any] | None, int]:
    """The conversation's view, read afresh, and its version; (None, 0) when it has no row yet."""
    row = related().filter(id=conversation_id).first()
    return (view(row), row.version) if row else (None, 0)


def standing(conversation_id: UUID) -> tuple[dict[str, Any] | None, int, UUID | None]:
    """What `snapshot` gives, and the run under way."""
    view, version = snapshot(conversation_id)
    return view, version, active_run(conversation_id) if view else None


def active_run(conversation_id: UUID) -> UUID | None:
    """The run under way, if there is one."""
    rows = Run.objects.filter(conversation=conversation_id, state=Run.State.ACTIVE)
    return rows.values_list("id", flat=True).first()


def waiting(user: Any) -> list[dict[str, Any]]:
    """What a human agent has to look at: queued conversations in the order they wait, those with a person, those missed.

    Those in which the agent waits for a human agent's approval are among them, whoever is in charge.
    """
    rows = related().filter(_AT_HAND | Q(pk__in=pending_approvals().values("conversation")))
    rows = reach.within(rows, user)
    rows = rows.annotate(asks_approval=Exists(pending_approvals().filter(conversation=OuterRef("pk"))))
    last_words = Message.objects.filter(conversation=OuterRef("pk"), role=Message.Role.CUSTOMER).order_by("-seq")
    why = Escalation.objects.filter(conversation=OuterRef("pk"), action="escalate").order_by("-id")
    rows = rows.annotate(preview=Subquery(last_words.values("text")[:1]), rule=Subquery(why.values("rule")[:1]))
    rows = rows.order_by("queued_at", F("missed_at").asc(nulls_first=True), "-updated_at")[:200]
    positions: dict[UUID, int] = {}
    listed = []
    for row in rows:
        place = None
        if row.state == Conversation.State.QUEUED:
            place = positions[row.inbox_id] = positions.get(row.inbox_id, 0) + 1
        listed.append(
            shapes.conversation(row, place, newest_actions(row))
            | {
                "inbox_name": row.inbox.name,
                "assignee_id": row.assignee_id,
                "preview": (row.preview or "")[:160],
                "asks_approval": row.asks_approval,
                "queued_at": row.queued_at.isoformat() if row.queued_at else None,
                "escalation_reason": row.escalation_reason,
                "escalation_rule": row.rule or "",
                "unanswered": row.last_customer_seq > row.last_human_seq,
            }
        )
    return listed


def pending_approvals() -> QuerySet[Action]:
    """What waits for a human agent's approval."""
    return Action.objects.filter(state=Action.State.PENDING, risk=Action.Risk.APPROVAL, verifies=False)


def queue_mark() -> object:
    """Something that changes whenever `waiting` does."""
    rows = Conversation.objects.filter(_AT_HAND)
    mark = rows.aggregate(Count("id"), Max("updated_at"), Sum("version"), Sum("last_seq"))
    return mark, set(pending_approvals().values_list("id", flat=True))


@dataclass(frozen=True)
class Position:
    """Where a conversation stands: enough to see whether somebody missed something."""

    last_seq: int
    version: int
    active_run: UUID | None


def positions(conversation_ids: list[UUID]) -> dict[UUID, Position]:
    """The positions of many conversations."""
    return {id_: Position(*position) for id_, *position in db.rows(_POSITIONS, [conversation_ids])}


def cancel_reason(run_id: UUID) -> str | None:
    """Why a run was cancelled; None when it was not."""
    run = Run.objects.filter(id=run_id, state=Run.State.CANCELLED).first()
    return run.reason if run else None


def idle_claims() -> QuerySet[Conversation]:
    """Claims whose human has left a customer's message waiting for too long."""
    return Conversation.objects.filter(
        state=Conversation.State.HUMAN,
        human_active_at__lt=Now() - timedelta(seconds=settings.CLAIM_IDLE_SECONDS),
        last_customer_seq__gt=F("last_human_seq"),
    )


def claims_out_of_reach() -> QuerySet[Conversation]:
    """Claims whose human may not work in the conversation's inbox any more."""
    may = reach.covers(OuterRef("assignee"), OuterRef("inbox"))
    return Conversation.objects.filter(~may, state=Conversation.State.HUMAN, assignee__is_superuser=False)


def idle_conversations() -> QuerySet[Conversation]:
    """Conversations in which nothing happened for CONVERSATION_IDLE_DAYS, nobody waits, and nobody is queued."""
    if not settings.CONVERSATION_IDLE_DAYS:
        return Conversation.objects.none()
    return Conversation.objects.filter(
        state__in=[Conversation.State.BOT, Conversation.State.HUMAN],
        updated_at__lt=Now() - timedelta(days=settings.CONVERSATION_IDLE_DAYS),
        answered_seq__gte=F("last_customer_seq"),
    )


def expired_runs() -> list[UUID]:
    """Runs whose lease ran out: their process is gone or stuck."""
    rows = Run.objects.filter(state=Run.State.ACTIVE, lease_until__lt=Now())
    return list(rows.order_by("lease_until").values_list("id", flat=True)[:50])


def expired_actions() -> list[UUID]:
    """Conversations with a request for leave that nobody answered in time."""
    rows = Action.objects.filter(state=Action.State.PENDING, expires_at__lte=Now())
    return list(rows.order_by("expires_at").values_list("conversation_id", flat=True)[:50])
