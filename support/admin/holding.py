"""Ending a conversation's claim from the console: only its holder may, and an administrator when the holder is gone."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from config.common.errors import Conflict
from support import actions, shapes
from support.change import Change
from support.models import Conversation


@transaction.atomic
def release(conversation_id: UUID, user: AbstractUser, owner: str) -> Change:
    """Hand the conversation back to the AI agent; Conflict when somebody else holds it."""
    _refuse_strangers(conversation_id, user)
    return actions.release(conversation_id, owner)


@transaction.atomic
def close(conversation_id: UUID, user: AbstractUser) -> Change:
    """Close the conversation; Conflict when somebody else holds it."""
    _refuse_strangers(conversation_id, user)
    return actions.close(conversation_id)


def _refuse_strangers(conversation_id: UUID, user: AbstractUser) -> None:
    # Locked, so that nobody claims it between this look and the action.
    row = actions.lock(conversation_id)
    held = row.state == Conversation.State.HUMAN and row.assignee_id is not None
    if held and row.assignee_id != user.pk and not user.is_superuser:
        raise Conflict("Someone else holds this conversation.", assignee=shapes.person(row.assignee))
