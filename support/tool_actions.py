"""What the agent may not do unasked: it asks, and a person says yes or no, or lets it expire.

Actions as in `support.actions`: one transaction each, the conversation's row locked. What a run then does with the
leave it was given is in `support.run_actions`.
"""

from datetime import timedelta
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

State = Action.State
GRANTED = {State.CONFIRMED, State.BEGUN, State.DONE, State.FAILED, State.UNKNOWN}


def ask(change: Change, run: Run, request: Request) -> None:
    """Ask for leave in a locked conversation. A request that still waits gives way to this one."""
    actions.cancel_actions(change, State.PENDING)
    conversation = change.conversation
    Action.objects.create(
        conversation=conversation,
        run=run,
        call=request.call[:200],
        tool=request.tool,
        risk=request.risk,
        title=request.title,
        arguments=request.arguments,
        shown=request.shown,
        expires_at=Now() + timedelta(seconds=settings.ACTION_SECONDS),
    )
    Conversation.objects.filter(id=conversation.id).update(action_count=F("action_count") + 1)
    conversation.action_count += 1
    actions.show_again(change)


@transaction.atomic
def confirm(conversation_id: UUID, action_id: UUID, owner: str, user: User | None = None) -> Change:
    """Give leave: the customer's (no `user`) or a human agent's. Doing it is a run of its own, started here.

    Twice is as good as once. Conflict when the action no longer waits, or waits for somebody else's word.
    """
    change, action = _lock(conversation_id, action_id, user)
    if action.state in GRANTED:
        return actions.finish(change)
    _refuse_unless_waiting(action)
    if actions.is_acting(change.conversation):
        raise Conflict("The agent is doing something else just now. Please try again in a moment.")
    _decide(action, State.CONFIRMED, user)
    actions.cancel_runs(change, "superseded")
    actions.start_run(change, owner, action_id=action.id)
    actions.show_again(change)
    return actions.finish(change)


@transaction.atomic
def decline(conversation_id: UUID, action_id: UUID, user: User | None = None) -> Change:
    """Refuse leave. Twice is as good as once. Conflict when the action no longer waits, or for somebody else's word."""
    change, action = _lock(conversation_id, action_id, user)
    if action.state == State.DECLINED:
        return actions.finish(change)
    _refuse_unless_waiting(action)
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


def _lock(conversation_id: UUID, action_id: UUID, user: User | None) -> tuple[Change, Action]:
    change = Change(actions.lock(conversation_id))
    action = Action.objects.filter(id=action_id, conversation=conversation_id).first()
    if action is None:
        raise NotFound("There is no such action.")
    if user is None and action.risk == Action.Risk.APPROVAL:
        raise Conflict("A colleague has to approve this.")
    if user is not None and action.risk == Action.Risk.WRITE:
        raise Conflict("The customer has to confirm this.")
    return change, action


def _refuse_unless_waiting(action: Action) -> None:
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
