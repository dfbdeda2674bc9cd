"""Every state change of a conversation, and the only code that makes one.

Each action is one transaction that first locks the conversation's row, does no network I/O, and returns a Change for
`support.perform` to announce after the commit.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from agents.escalation.rules import Decision
from config.common import tracing
from config.common.audit.actions import Action as Audited
from config.common.audit.trail import record
from config.common.errors import Conflict, NotFound
from sessions_app import hours
from sessions_app.models import Customer, Inbox
from support import notices, queries, rows, shapes, summary
from support.auditing import by_staff
from support.change import Change
from support.escalation import traces
from support.models import Action, Conversation, Message, Run
from support.notifications import nudge
from support.webhooks import outbox
from support.workplaces import reach

State, Role = Conversation.State, Message.Role


def lock(conversation_id: UUID) -> Conversation:
    """The conversation, its row locked until the transaction ends; NotFound when there is none."""
    row = rows.lock(conversation_id)
    if row is None:
        raise NotFound()
    return row


def db_now() -> datetime:
    """The database's clock, which decides about leases and order; frozen within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def add_message(change: Change, role: str, text: str, answers: int = 0, **fields: object) -> Message:
    """Insert the next message of a locked conversation; `answers`: the customer messages up to this seq."""
    conversation = change.conversation
    conversation.last_seq += 1
    row = Message(conversation=conversation, seq=conversation.last_seq, role=role, text=text, **fields)
    if role == Role.CUSTOMER:
        conversation.last_customer_seq = row.seq
    elif role == Role.HUMAN:
        conversation.last_human_seq = row.seq
        answers = conversation.last_customer_seq
    conversation.answered_seq = max(conversation.answered_seq, answers)
    change.listening = rows.insert_message(row)
    change.created.append(row)
    return row


def add_notice(change: Change, notice: str, **words: str) -> Message:
    """Insert a system message."""
    return add_message(change, Role.SYSTEM, notices.text(notice, change.conversation.locale, **words), notice=notice)


def answer_rest(change: Change, owner: str) -> None:
    """Start a run for what the customer wrote while a run acted, which was let finish."""
    conversation = change.conversation
    if conversation.state == State.BOT and conversation.last_customer_seq > conversation.answered_seq:
        start_run(change, owner)


def mark_answered(change: Change, seq: int) -> None:
    """Note that the customer waits for no answer to the messages up to `seq`."""
    change.conversation.answered_seq = max(change.conversation.answered_seq, seq)
    Conversation.objects.filter(id=change.conversation.id).update(answered_seq=change.conversation.answered_seq)


def set_state(change: Change, **fields: object) -> None:
    """Change who is in charge of a locked conversation: a new epoch fences every run of the old one."""
    conversation = change.conversation
    Conversation.objects.filter(id=conversation.id).update(
        **fields, epoch=F("epoch") + 1, version=F("version") + 1, updated_at=Now()
    )
    change.conversation = lock(conversation.id)
    change.state_changed = True
    if change.conversation.state != State.BOT:
        cancel_actions(change, Action.State.PENDING, Action.State.CONFIRMED)


def show_again(change: Change, **fields: object) -> None:
    """Something that customers are shown of a locked conversation has changed, but not who is in charge."""
    Conversation.objects.filter(id=change.conversation.id).update(**fields, version=F("version") + 1)
    change.conversation.version += 1
    change.state_changed = True


def cancel_actions(change: Change, *states: str) -> None:
    """Take back the leave, or the request for it, of a locked conversation's actions that have not begun."""
    if change.conversation.action_count == 0:
        return
    actions = Action.objects.filter(conversation=change.conversation, state__in=states)
    if actions.update(state=Action.State.CANCELLED, decided_at=Now(), arguments=F("shown")):
        show_again(change)


def is_acting(conversation: Conversation) -> bool:
    """Whether a run is under way that does what leave was given for: it is not broken off for a further message."""
    if conversation.action_count == 0:
        return False
    acting = Run.objects.filter(conversation=conversation, state=Run.State.ACTIVE, action__isnull=False)
    return acting.exists()


def cancel_runs(change: Change, reason: str) -> None:
    """End the active run of a locked conversation, if there is one."""
    for run_id in Run.objects.filter(conversation=change.conversation, state=Run.State.ACTIVE).values_list(
        "id", flat=True
    ):
        end_run(run_id, Run.State.CANCELLED, reason)
        change.cancelled.append((run_id, reason))


def end_run(run_id: UUID, state: str, reason: str, **fields: object) -> None:
    """Mark a run of a locked conversation as ended."""
    Run.objects.filter(id=run_id).update(state=state, reason=reason, finished_at=Now(), **fields)


def start_run(change: Change, owner: str, trace: str = "", **fields: object) -> None:
    """Give the conversation's unanswered customer messages to the agent; `trace`: of an earlier run that did not answer."""
    conversation = change.conversation
    change.run = Run(
        conversation=conversation,
        epoch=conversation.epoch,
        in_reply_to=conversation.last_customer_seq,
        lease_owner=owner,
        trace=trace or tracing.carrier(),
        **fields,
    )
    rows.insert_run(change.run)


def sent_before(change: Change, role: str, client_id: UUID) -> bool:
    """Whether the message of this client_id is there already; it is the change's message then."""
    message_id = rows.message_sent(change.conversation.id, role, client_id)
    if message_id is not None:
        change.message, change.duplicate = Message.objects.get(id=message_id), True
    return change.duplicate


def finish(change: Change, *, look: bool = True) -> Change:
    """Complete a change inside its transaction: how the conversation looks now (`look`), and what webhooks are told."""
    if look:
        change.view, _ = queries.snapshot(change.conversation.id)
    outbox.record(change)
    return change


# -- Customers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a customer writes: their session's conversation, which may be reserved only and have no row yet."""

    conversation: UUID
    inbox: UUID
    customer: UUID
    locale: str


def occupy(place: Place) -> Change:
    """Lock the place's conversation, made now if it was reserved only; NotFound when it is another customer's."""
    conversation = rows.lock(place.conversation)
    opened = False
    if conversation is None:
        reserved = Conversation(
            id=place.conversation, inbox_id=place.inbox, customer_id=place.customer, locale=place.locale
        )
        Conversation.objects.bulk_create([reserved], ignore_conflicts=True)
        conversation = lock(place.conversation)
        # Whoever made it between the look and the insert has told of it, and taken a number for what they wrote.
        opened = conversation.last_seq == 0
    if conversation.customer_id != place.customer:
        raise NotFound()
    return Change(conversation, opened=opened)


@transaction.atomic
def receive_message(place: Place, client_id: UUID, text: str, owner: str) -> Change:
    """Take a customer's message; the same client_id again gives the first message back.

    A newer message supersedes the run that is under way: a burst is answered once. One that acts is let finish, and
    the message answered after it. Raises Conflict when the conversation is closed and the customer has a newer open one.
    """
    change = occupy(place)
    if sent_before(change, Role.CUSTOMER, client_id):
        return change
    if change.conversation.state == State.CLOSED:
        _reopen(change)
    acts = is_acting(change.conversation)
    # A run that does not act is under way only while the customer waits for an answer.
    if not acts and change.conversation.last_customer_seq > change.conversation.answered_seq:
        cancel_runs(change, "superseded")
    change.message = add_message(change, Role.CUSTOMER, text, client_id=client_id)
    if change.conversation.state == State.BOT and not acts:
        start_run(change, owner)
    return finish(change, look=change.state_changed)


def adopt(conversation: Conversation, customer: Customer) -> None:
    """Make a locked conversation that an anonymous visitor began that of the customer they turned out to be."""
    Conversation.objects.filter(id=conversation.id).update(
        customer=customer, version=F("version") + 1, updated_at=Now()
    )
    outbox.record(Change(lock(conversation.id), state_changed=True))


def _reopen(change: Change) -> None:
    newer = Conversation.objects.filter(
        ~Q(state=State.CLOSED),
        customer=change.conversation.customer_id,
        created_at__gt=change.conversation.created_at,
    ).first()
    if newer is not None:
        raise Conflict("This conversation is closed; you have a newer one.", conversation_id=str(newer.id))
    set_state(change, state=State.BOT, closed_at=None)
    add_notice(change, "reopened")


@transaction.atomic
def request_handoff(where: Place | UUID, reason: str) -> Change:
    """Put the conversation into the queue, or say that nobody is there. Asking twice changes nothing.

    A customer's place is made if need be: asking for a person may be the first thing they do.
    """
    change = occupy(where) if isinstance(where, Place) else Change(lock(where))
    if change.conversation.state == State.CLOSED:
        raise Conflict("This conversation is closed; write a message to reopen it.")
    if change.conversation.state == State.BOT:
        hand_off(change, reason)
    return finish(change)


def hand_off(
    change: Change, reason: str, note: str = "", *, run: Run | None = None, decided: Decision | None = None
) -> None:
    """Queue a locked conversation, or tell the customer that nobody is there.

    note: for the human agents. run: that asks for it; None: somebody pressed the button. decided: by which rule.
    """
    traces.write_hand_over(change.conversation, reason, run, decided)
    cancel_runs(change, "escalated")
    mark_answered(change, change.conversation.last_customer_seq)
    if inbox_open(change.conversation.inbox):
        told = summary.of(change.conversation.id, note)
        why = {"escalation_reason": reason[:32], "escalation_note": told}
        set_state(change, state=State.QUEUED, queued_at=Now(), missed_at=None, **why)
        add_notice(change, "queued")
        nudge.queued(change.conversation.inbox_id)
    else:
        # Asking again does not move it back in the list.
        show_again(change, missed_at=Coalesce("missed_at", Now()))
        add_notice(change, "offline")


def inbox_open(inbox: Inbox) -> bool:
    """Whether people answer now."""
    return hours.is_open(inbox.opening_hours, inbox.timezone, db_now())


@transaction.atomic
def stop_answer(conversation_id: UUID, run_id: UUID) -> Change:
    """End the run the customer does not want to hear out. NotFound for a run that is not theirs or not under way."""
    change = Change(lock(conversation_id))
    if not Run.objects.filter(id=run_id, conversation=conversation_id, state=Run.State.ACTIVE).exists():
        raise NotFound("This answer is not under way.")
    cancel_runs(change, "stopped")
    cancel_actions(change, Action.State.CONFIRMED)
    mark_answered(change, change.conversation.last_customer_seq)
    add_notice(change, "stopped")
    return finish(change)


@transaction.atomic
def rate(conversation_id: UUID, message_id: UUID, rating: str, reason: str = "", comment: str = "") -> Change:
    """Rate an answer, `up` or `down`; rating again replaces the rating."""
    change = Change(lock(conversation_id))
    row = Message.objects.filter(
        id=message_id, conversation=conversation_id, role__in=[Role.ASSISTANT, Role.HUMAN]
    ).first()
    if row is None:
        raise NotFound()
    row.rating, row.rating_reason, row.rating_comment = rating, reason, comment
    row.save(update_fields=["rating", "rating_reason", "rating_comment"])
    change.updated.append(row)
    change.message = row
    return finish(change)


def mark_read(conversation_id: UUID, seq: int) -> None:
    """Note up to where the customer has read; never backwards, never beyond the end."""
    Conversation.objects.filter(id=conversation_id, customer_read_seq__lt=seq, last_seq__gte=seq).update(
        customer_read_seq=seq
    )


# -- Both sides ---------------------------------------------------------------------------------


@transaction.atomic
def close(conversation_id: UUID) -> Change:
    """Close the conversation; ends a claim. Closing twice changes nothing."""
    change = Change(lock(conversation_id))
    if change.conversation.state != State.CLOSED:
        cancel_runs(change, "stopped")
        mark_answered(change, change.conversation.last_customer_seq)
        set_state(change, state=State.CLOSED, assignee=None, queued_at=None, closed_at=Now())
        add_notice(change, "closed")
        record(Audited.CONVERSATION_CLOSED, "conversation", conversation_id)
    return finish(change)


# -- Human agents -------------------------------------------------------------------------------


@transaction.atomic
def claim(conversation_id: UUID, user: AbstractUser) -> Change:
    """Take the conversation over. One winner: Conflict when someone else holds it, or when it is closed.

    Conflict, too, when the user may not work in its inbox.
    From this commit on the agent adds nothing: its run is cancelled and the epoch moved on.
    """
    change = Change(lock(conversation_id))
    conversation = change.conversation
    _refuse_outsiders(conversation, user)
    if conversation.state == State.CLOSED:
        raise Conflict("This conversation is closed.")
    if conversation.state == State.HUMAN:
        if conversation.assignee_id != user.pk:
            raise Conflict("Someone else holds this conversation.", assignee=shapes.person(conversation.assignee))
        return finish(change)
    cancel_runs(change, "taken_over")
    set_state(change, state=State.HUMAN, assignee=user, queued_at=None, missed_at=None, human_active_at=Now())
    add_notice(change, "claimed", name=shapes.display_name(user))
    by_staff(Audited.CONVERSATION_CLAIMED, conversation_id, user)
    return finish(change)


@transaction.atomic
def reply(conversation_id: UUID, user: AbstractUser, client_id: UUID, text: str, last_seen_seq: int) -> Change:
    """A human agent's message. Conflict when they do not hold the conversation, or have not seen the customer's newest."""
    change = Change(lock(conversation_id))
    conversation = change.conversation
    if sent_before(change, Role.HUMAN, client_id):
        return change
    _refuse_outsiders(conversation, user)
    if conversation.state != State.HUMAN or conversation.assignee_id != user.pk:
        raise Conflict("You do not hold this conversation.", assignee=shapes.person(conversation.assignee))
    if conversation.last_customer_seq > last_seen_seq:
        unseen = Message.objects.filter(conversation=conversation, seq__gt=last_seen_seq).order_by("seq")[:500]
        raise Conflict("The customer has written since.", messages=[shapes.message(row) for row in unseen])
    change.message = add_message(
        change, Role.HUMAN, text, client_id=client_id, author=user, author_name=shapes.display_name(user)
    )
    Conversation.objects.filter(id=conversation_id).update(human_active_at=Now())
    by_staff(Audited.CONVERSATION_REPLIED, conversation_id, user, seq=change.message.seq)
    return finish(change)


def _refuse_outsiders(conversation: Conversation, user: AbstractUser) -> None:
    if not reach.may_work_in(user, conversation.inbox_id):
        raise Conflict("This human agent may not work in the conversation's inbox.")


@transaction.atomic
def release(conversation_id: UUID, owner: str) -> Change:
    """Hand the conversation back to the agent, which answers what the customer still waits for."""
    change = Change(lock(conversation_id))
    if change.conversation.state not in {State.HUMAN, State.QUEUED}:
        raise Conflict("The agent already answers this conversation, or it is closed.")
    set_state(change, state=State.BOT, assignee=None, queued_at=None)
    add_notice(change, "released")
    record(Audited.CONVERSATION_RELEASED, "conversation", conversation_id)
    answer_rest(change, owner)
    return finish(change)
