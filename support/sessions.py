"""Starting a session: who is it, and in which conversation do they write?"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from sessions_app import services, tokens
from sessions_app.models import Customer
from sessions_app.records import Session
from support import actions, queries
from support.models import Conversation


@dataclass(frozen=True)
class Started:
    """A new session, and whose it is."""

    session: Session
    customer: Customer


def start(request: services.Start) -> Started:
    """Open a session for the customer that the request names or proves, in their open conversation or a new one.

    NotFound for an unknown inbox, Unauthorized for a bad identity, Unavailable when sessions cannot be stored.
    """
    inbox = services.find_inbox(request.inbox_key)
    previous = services.previous_claims(request.previous_token, inbox)
    customer = services.find_customer(request, inbox, previous)
    conversation = _conversation(customer, previous)
    return Started(services.open_session(inbox, customer, conversation, request), customer)


def _conversation(customer: Customer, previous: tokens.Claims | None) -> UUID:
    open_one = queries.open_conversation(customer.id) if customer.identified else None
    if open_one is not None:
        return open_one
    if previous is not None and _carry_over(previous, customer):
        return previous.conversation
    return queries.open_conversation(customer.id) or uuid4()


@transaction.atomic
def _carry_over(previous: tokens.Claims, customer: Customer) -> bool:
    """Whether the earlier session's conversation is this customer's to go on with.

    What an anonymous visitor wrote follows them when they sign in. It never leaves an identified customer for
    another, and a closed conversation stays behind.
    """
    conversation = Conversation.objects.filter(id=previous.conversation).first()
    if conversation is None:
        # Only reserved: the row will be made for whoever writes first.
        return True
    conversation = actions.lock(conversation.id)
    if conversation.state == Conversation.State.CLOSED:
        return False
    if conversation.customer_id == customer.id:
        return True
    if conversation.customer.identified or conversation.customer_id != previous.customer:
        return False
    actions.adopt(conversation, customer)
    return True
