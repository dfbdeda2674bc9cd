"""What a customer may do, with a proven session in hand: the same for sockets and HTTP. Everything here blocks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from config.common.errors import Invalid, NotFound
from config.common.ratelimit import Policy
from config.common.text import check_text
from sessions_app import verified
from sessions_app.models import Customer
from sessions_app.services import Caller
from support import actions, queries, runs, shapes, tool_actions
from support.actions import Place
from support.change import Change
from support.verification import proving, sending

MAX_CHARACTERS = settings.MESSAGE_MAX_CHARACTERS
# A message that cannot be counted is admitted: PostgreSQL, not Redis, decides whether it is kept.
MESSAGES = Policy("messages", settings.RATE_LIMIT_MESSAGES, fail_open=True)


def place(caller: Caller) -> Place:
    """Where the session writes."""
    session = caller.session
    return Place(session.conversation, session.inbox, session.customer, session.locale)


def send(caller: Caller, where: Place, client_id: UUID, text: object) -> Change:
    """Take a message; RateLimited, InvalidText, Conflict, NotFound."""
    checked = check_text(text, MAX_CHARACTERS)
    MESSAGES.check(str(caller.session.id))
    return actions.receive_message(where, client_id, checked, runs.owner())


@dataclass(frozen=True)
class Word:
    """The customer's word on an action. email, code: for one that waits for a proof; both empty: a code to the known address.

    client: the network address that they write from.
    """

    confirmed: bool
    email: str = ""
    code: str = ""
    client: str = ""


def decide(caller: Caller, action_id: UUID, word: Word) -> Change:
    """Give or refuse leave for what the agent asked, or prove an e-mail address to it.

    NotFound for another customer's action, Conflict for a late word; what else may be wrong with an address or a code is
    said in `support.verification`.
    """
    action = queries.action_of_customer(action_id, caller.session.customer)
    if not word.confirmed:
        return tool_actions.decline(action.conversation_id, action_id)
    if not action.verifies:
        return tool_actions.confirm(action.conversation_id, action_id, runs.owner())
    if word.email and word.code:
        raise Invalid("Give an e-mail address or a code, not both.")
    if word.code:
        return proving.prove(action, word.code, runs.owner())
    return sending.request(action, word.email, word.client)


def place_of(caller: Caller, conversation_id: UUID) -> Place:
    """Where the caller writes when they name a conversation: their session's, or another one of theirs; NotFound."""
    if conversation_id != caller.session.conversation:
        queries.of_customer(conversation_id, caller.session.customer)
    here = place(caller)
    return Place(conversation_id, here.inbox, here.customer, here.locale)


def view(caller: Caller, conversation_id: UUID) -> dict[str, Any]:
    """The conversation as the customer sees it, also while it is reserved only; NotFound when it is not theirs."""
    try:
        return queries.view(queries.of_customer(conversation_id, caller.session.customer))
    except NotFound:
        if conversation_id != caller.session.conversation:
            raise
    return reserved(caller)


def reserved(caller: Caller) -> dict[str, Any]:
    """The session's conversation before anything was written in it."""
    customer = who(caller)
    return shapes.reserved(
        caller.session.conversation, customer, verified.address_of(customer.id), caller.session.locale
    )


def who(caller: Caller) -> Customer:
    """The customer whose session it is; NotFound when they were removed."""
    row = Customer.objects.select_related("inbox").filter(id=caller.session.customer).first()
    if row is None:
        raise NotFound()
    return row
