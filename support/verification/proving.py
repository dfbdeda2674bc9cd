"""Proving an address: the customer gives the code, and what waited for it goes on."""

from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import F

from agents import language, texts
from config.common.audit.actions import Action as Audited
from config.common.audit.origin import Actor
from config.common.audit.trail import record
from config.common.errors import Conflict, DomainError, Invalid
from sessions_app import verified
from support import actions, tool_actions
from support.change import Change
from support.models import Action, EmailChallenge, Message
from support.verification import codes
from support.verification.limits import MAX_TRIES

State = Action.State


def prove(action: Action, code: str, owner: str) -> Change:
    """Take a code. The right one proves the address, once: the call is made then, or leave for it is asked.

    Raises Invalid for a wrong one, Conflict when no code is waited for, or when it was guessed at too often.
    """
    change, problem = _try(action.conversation_id, action.id, codes.written(code), owner)
    if problem is not None:
        raise problem
    return change


@transaction.atomic
def _try(conversation_id: UUID, action_id: UUID, code: str, owner: str) -> tuple[Change, DomainError | None]:
    """A try, and what is wrong with it. It counts either way, so it is committed and the error raised afterwards."""
    change, action = tool_actions.lock(conversation_id, action_id)
    if action.state in tool_actions.GRANTED:
        return actions.finish(change), None
    tool_actions.refuse_unless_waiting(action)
    tool_actions.refuse_while_acting(change)
    challenge = EmailChallenge.objects.get(action=action)
    _refuse_unless_good(challenge, change)
    challenge.tries += 1
    challenge.save(update_fields=["tries"])
    if not codes.fits(challenge, code):
        return change, _wrong(MAX_TRIES - challenge.tries)
    _proven(change, challenge)
    _go_on(change, action, owner)
    return actions.finish(change), None


def _refuse_unless_good(challenge: EmailChallenge, change: Change) -> None:
    """There is a code, it is young, it was not guessed at too often, and it is theirs who write here now."""
    is_theirs = challenge.customer_id == change.conversation.customer_id
    is_young = challenge.expires_at is not None and challenge.expires_at > actions.db_now()
    if not (challenge.digest and is_theirs and is_young and challenge.tries < MAX_TRIES):
        raise Conflict("There is no code that works now. Please ask for a new one.")


def _wrong(left: int) -> Invalid:
    more = f"You can try {left} more time{'' if left == 1 else 's'}." if left else "Please ask for a new one."
    return Invalid(f"That is not the code. {more}", [{"field": "code", "message": "is not the right one"}])


def _proven(change: Change, challenge: EmailChallenge) -> None:
    """The address is the customer's, and the code is gone."""
    verified.note(challenge.customer_id, challenge.address, verified.How.CODE)
    challenge.delete()
    conversation = str(change.conversation.id)
    by = Actor.customer(challenge.customer_id)
    record(Audited.ADDRESS_VERIFIED, "customer", challenge.customer_id, by=by, conversation=conversation)


def _go_on(change: Change, action: Action, owner: str) -> None:
    """Make the call, if it only reads. For one that writes leave is asked now, as of everybody who is known."""
    if action.risk == Action.Risk.READ:
        tool_actions.start(change, action, owner)
        return
    Action.objects.filter(id=action.id).update(
        state=State.DONE, decided_at=actions.db_now(), arguments=F("shown"), result="The customer proved an address."
    )
    spoken = language.spoken(change.conversation.locale)
    text = texts.say(f"confirm_{action.risk}", spoken, title=action.title)
    name = change.conversation.inbox.name
    actions.add_message(change, Message.Role.ASSISTANT, text, author_name=name)
    tool_actions.ask(change, action.run, replace(tool_actions.request_of(action), verify=False))
