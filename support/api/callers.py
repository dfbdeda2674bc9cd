"""Who calls an endpoint of conversations, and what they may see."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from sessions_app.services import Caller
from support import customer, queries


def reach(request: Request) -> frozenset[UUID] | None:
    """The inboxes that an integration may see; None: all."""
    integration: Any = request.auth
    inboxes: frozenset[UUID] | None = integration.inbox_ids
    return inboxes


def caller_of(request: Request) -> Caller:
    """The customer behind a request that permissions let through as one."""
    caller: Any = request.auth
    assert isinstance(caller, Caller)
    return caller


def view_of(request: Request, conversation_id: UUID) -> dict[str, Any]:
    """The conversation, if the caller may see it; NotFound otherwise."""
    if isinstance(request.auth, Caller):
        return customer.view(request.auth, conversation_id)
    return queries.view(queries.of_inboxes(conversation_id, reach(request)))
