"""Entries of the audit trail for what staff do in conversations."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractUser

from config.common.audit.actions import Action
from config.common.audit.origin import Actor
from config.common.audit.trail import record


def by_staff(action: Action, conversation_id: UUID, user: AbstractUser, **details: Any) -> None:
    """Also names the human agent in whose name an integration does it."""
    record(action, "conversation", conversation_id, otherwise=Actor.staff(user.pk), human_agent=str(user.pk), **details)
