"""What the agent may not do unasked: it asks, and a person says yes or no, or lets it expire.

Actions as in `support.actions`: one transaction each, the conversation's row locked. What a run then does with the
leave it was given is in `support.run_actions`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from agents.turn import Request
from config.common.audit.actions import Action as Audited
from config.common.audit.origin import Actor
from config.common.audit.trail import record
from config.common.errors import Conflict, NotFound
from support import actions
from support.change import Change
from support.models import Action, Conversation, Run
from support.verification import asking

State = Action.State
GRANTED = {State.CONFIRMED, State.BEGUN, State.DONE, State.FAILED, State.UNKNOWN}


def ask(change: Change, run: Run | None, request: Request) -> None:
    """Ask for leave, or for a proof, in a locked conversation. A request that still waits gives way to this one."""
    actions.cancel_actions(change, State.PENDING)
    conversation = change.conversation
    action = Action.objects.create(
        conversation=conversation,
        run=run,
        call=request.call[:200],
        tool=request.tool,
        risk=request.risk,
        verifies=request.verify,
        title=request.title,
        arguments=request.arguments,
        shown=request.shown,
        expires_at=Now() + timedelta(seconds=settings.ACTION_SECONDS),
    )
    if request.verify:
        asking.challenge(action, conversation)
    Conversation.objects.filter(id=conversation.id).update(action_count=F("action_count") + 1)
    conversation.action_count += 1
    actions.show_again(change)


def request_of(action: Action) -> Request:
    """What the action asks for, as the agent asked it."""
    risk: Any = action.risk
    return Request(action.tool, action.call, risk, action.title, action.arguments, action.shown, action.verifies)


@transaction.atomic
def confirm(conversation_id: UUID, action_id: UUID, owner: str, user: User | None = None) -> Change:
    """Give leave: the customer's (no `user`) or a human agent's. Doing it is a run of its own, started here.

    Twice is as good as once. Conflict when the action no longer waits, or waits for somebody else's word.
    """
    change, action = lock(conversation_id, action_id, user)
    if action.state in GRANTED:
        return actions.finish(change)
    if action.verifies:
        raise Conflict("An e-mail address has to be proven for this.")
    refuse_unless_waiting(action)
    refuse_while_acting(change)
    start(change, action, owner, user)
    return actions.finish(change)


def start(change: Change, action: Action, owner: str, user: User | None = None) -> None:
    """Give leave for a locked conversation's action, and start the run that uses it."""
    _decide(action, State.CONFIRMED, user)
    actions.cancel_runs(change, "superseded")
    actions.start_run(change, owner, action_id=action.id)
    actions.show_again(change)


@transaction.atomic
def decline(conversation_id: UUID, action_id: UUID, user: User | None = None) -> Change:
    """Refuse leave. Twice is as good as once. Conflict when the action no longer waits, or for somebody else's word."""
    change, action = lock(conversation_id, action_id, user)
    if action.state == State.DECLINED:
        return actions.finish(change)
    refuse_unless_waiting(action)
    _decide(action, State.DECLINED, user)
    actions.show_again(change)
    return actions.finish(change)


@transaction.atomic
def expire(conversation_id: UUID) -> Change | None:
    """End the conversation's request that nobody answered in time; None when there is none."""
    change = Change(actions.lock(conversation_id))
    late = Action.objects.filter(conversation=conversation_id, state=State.PENDING, expires_at__lte=Now())
    if not late.update(state=State.EXPIRED, decided_at=Now(), arguments=F("shown")):
        return None
    actions.show_again(change)
    return actions.finish(change)


def lock(conversation_id: UUID, action_id: UUID, user: User | None = None) -> tuple[Change, Action]:
    """The action of a conversation, which is locked; Conflict when it is not for the customer (no `user`), or `user`, to decide."""
    change = Change(actions.lock(conversation_id))
    action = Action.objects.filter(id=action_id, conversation=conversation_id).first()
    if action is None:
        raise NotFound("There is no such action.")
    is_ours = action.risk == Action.Risk.APPROVAL and not action.verifies
    if user is None and is_ours:
        raise Conflict("A colleague has to approve this.")
    if user is not None and not is_ours:
        raise Conflict("The customer has to confirm this.")
    return change, action


def refuse_while_acting(change: Change) -> None:
    """Conflict while the agent does what leave was given for: one thing at a time."""
    if actions.is_acting(change.conversation):
        raise Conflict("The agent is doing something else just now. Please try again in a moment.")


def refuse_unless_waiting(action: Action) -> None:
    """Conflict unless the action awaits an answer, by the database's clock."""
    if action.state != State.PENDING:
        raise Conflict("This action no longer awaits an answer.", outcome=action.state)
    if action.expires_at <= actions.db_now():
        raise Conflict("This action has expired. Please ask for it again.", outcome=State.EXPIRED.value)


def _decide(action: Action, state: State, user: User | None) -> None:
    action.state, action.decided_by, action.decided_at = state, user, actions.db_now()
    if state == State.DECLINED:
        action.arguments = action.shown
    action.save(update_fields=["state", "decided_by", "decided_at", "arguments"])
    done = Audited.TOOL_CONFIRMED if state == State.CONFIRMED else Audited.TOOL_DECLINED
    by = Actor.staff(user.pk) if user else Actor.customer(action.conversation.customer_id)
    record(done, "action", action.pk, by=by, tool=action.tool, conversation=str(action.conversation_id))
