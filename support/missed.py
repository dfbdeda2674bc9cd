"""Who asked for a person while nobody was there: the conversation stays with the agent, and somebody gets back to them."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Coalesce, Now

from config.common.audit.actions import Action as Audited
from support.auditing import by_staff
from support.models import Conversation


def note(conversation_id: UUID) -> None:
    """Of a locked conversation; asking again does not move it back in the list."""
    Conversation.objects.filter(id=conversation_id).update(missed_at=Coalesce("missed_at", Now()))


@transaction.atomic
def settle(conversation_id: UUID, user: AbstractUser) -> None:
    """Somebody has got back to the customer, by e-mail for instance. Twice changes nothing."""
    if Conversation.objects.filter(id=conversation_id, missed_at__isnull=False).update(missed_at=None):
        by_staff(Audited.CONVERSATION_SETTLED, conversation_id, user)
