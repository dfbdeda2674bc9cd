"""What an action did, for those who have to be told."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from support.models import Conversation, Message, Run


@dataclass
class Change:
    """The outcome of one committed action.

    created, updated: messages, in seq order. cancelled: runs that ended without a reply, with the reason.
    run: one that has to be worked on now. opened: the conversation's row was made. finished: the run that led to a reply.
    listening: whether any webhook is to be told of what was created. message: the row the action was about; `duplicate` when it was there before.
    """

    conversation: Conversation
    created: list[Message] = field(default_factory=list)
    updated: list[Message] = field(default_factory=list)
    cancelled: list[tuple[UUID, str]] = field(default_factory=list)
    run: Run | None = None
    opened: bool = False
    finished: UUID | None = None
    listening: bool = False
    message: Message | None = None
    duplicate: bool = False
    state_changed: bool = False
    view: dict[str, Any] | None = None


class Fenced(Exception):
    """The run may not speak any more: somebody else is in charge, or it was cancelled."""


class StaleCitation(Exception):
    """What the reply cites, or the curated answer that it is, went out of the customer's sight while the run was on."""
