"""Sending a code: the customer asks for it, and a worker makes and sends it, so that it is nowhere in between."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from config.common import events
from config.common.errors import Conflict, Invalid, RateLimited, Unavailable
from sessions_app import mailboxes, verified
from support import actions, tool_actions
from support.change import Change
from support.models import Action, EmailChallenge
from support.notifications.sending import hand_over
from support.verification import codes, letters
from support.verification.limits import CODE_SECONDS, RESEND_SECONDS, count


def request(action: Action, email: str, client: str) -> Change:
    """Send a code to the address, or to the one that is known when none is given. `client`: the address they write from.

    Raises Invalid, Conflict when the action waits no longer, RateLimited, and Unavailable when no code can be sent.
    The answer is the same whether or not anybody knows the address.
    """
    tool_actions.refuse_unless_waiting(action)
    _refuse_without_mail()
    challenge = EmailChallenge.objects.select_related("customer").get(action=action)
    address = _address(challenge, email)
    _refuse_too_early(challenge, address)
    count(client, action.conversation_id, address)
    change, number = _begin(action, address)
    _enqueue(action.id, number)
    return change


def _address(challenge: EmailChallenge, email: str) -> str:
    """Where the code goes."""
    if not (email or challenge.address):
        raise _invalid("is needed")
    try:
        address = mailboxes.normalised(email or challenge.address)
    except ValueError as problem:
        raise _invalid(str(problem)) from None
    own = verified.own_address(challenge.customer)
    if own and address != own.lower():
        raise _invalid("must be the address of your account")
    return address


def _refuse_without_mail() -> None:
    """Without a mail server e-mails are written to the worker's output: codes in it are for developers alone."""
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend") and not settings.DEVELOPMENT:
        raise Unavailable("No code can be sent: this installation has no mail server.")


def _invalid(message: str) -> Invalid:
    return Invalid(f"The e-mail address {message}.", [{"field": "email", "message": message}])


def _refuse_too_early(challenge: EmailChallenge, address: str) -> None:
    if challenge.sent_at is None or challenge.failed or address != challenge.address:
        return
    wait = RESEND_SECONDS - (actions.db_now() - challenge.sent_at).total_seconds()
    if wait > 0:
        raise RateLimited(wait, "A code was sent a moment ago. Please wait a little before the next one.")


@transaction.atomic
def _begin(action: Action, address: str) -> tuple[Change, int]:
    """Note that a code is to be sent, which ends the one before; its number."""
    change, action = tool_actions.lock(action.conversation_id, action.id)
    tool_actions.refuse_unless_waiting(action)
    challenge = EmailChallenge.objects.get(action=action)
    if challenge.customer_id != change.conversation.customer_id:
        raise Conflict("This action has expired. Please ask for it again.", outcome=Action.State.EXPIRED.value)
    _refuse_too_early(challenge, address)
    now = actions.db_now()
    challenge.address, challenge.number, challenge.digest = address, challenge.number + 1, ""
    challenge.tries, challenge.failed, challenge.sent_at = 0, False, now
    challenge.expires_at = now + timedelta(seconds=CODE_SECONDS)
    challenge.save(update_fields=["address", "number", "digest", "tries", "failed", "sent_at", "expires_at"])
    # The action waits for as long as its code is good.
    if action.expires_at < challenge.expires_at:
        Action.objects.filter(id=action.id).update(expires_at=challenge.expires_at)
    actions.show_again(change)
    return actions.finish(change), challenge.number


def _enqueue(action_id: UUID, number: int) -> None:
    from support.verification.tasks import send_code

    try:
        send_code.delay(str(action_id), number)
    except Exception as error:
        give_up(action_id, number)
        raise Unavailable("No code can be sent at the moment. Please try again in a minute.") from error


def deliver(action_id: UUID, number: int) -> None:
    """Make the code of this number and send it; nothing, when it is not wanted any more. Raises SendError."""
    challenge = _wanted(action_id, number).select_related("action__conversation__inbox").first()
    if challenge is None:
        return
    code = codes.new()
    # Kept before it is sent: a code that arrives is one that works.
    if _wanted(action_id, number).update(digest=codes.digest(challenge, code)):
        hand_over(letters.code(challenge, code))
        events.emit(events.Event.CODE_SENT, action=str(action_id))


def give_up(action_id: UUID, number: int) -> None:
    """Note that the code could not be sent, so that another may be asked for at once."""
    _wanted(action_id, number).update(failed=True)


@transaction.atomic
def tell_failure(action_id: UUID, number: int) -> Change | None:
    """Give up, and let the customer see it; None when they do not wait for it any more."""
    challenge = _wanted(action_id, number).select_related("action").first()
    if challenge is None:
        return None
    change = Change(actions.lock(challenge.action.conversation_id))
    give_up(action_id, number)
    actions.show_again(change)
    return actions.finish(change)


def _wanted(action_id: UUID, number: int) -> "QuerySet[EmailChallenge]":
    """The challenge, while somebody waits for its code of this number."""
    waiting = EmailChallenge.objects.filter(action=action_id, number=number, expires_at__gt=Now())
    return waiting.filter(action__state=Action.State.PENDING, customer=F("action__conversation__customer"))
