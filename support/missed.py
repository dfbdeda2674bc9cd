"""Who asked for a person while nobody was there: the conversation stays with the agent, and somebody gets back to them."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from config.common.audit.actions import Action as Audited
from support import actions
from support.auditing import by_staff
from support.change import Change


@transaction.atomic
def settle(conversation_id: UUID, user: AbstractUser) -> Change:
    """Somebody has got back to the customer, by e-mail for instance. Twice changes nothing."""
    change = Change(actions.lock(conversation_id))
    if change.conversation.missed_at is not None:
        actions.show_again(change, missed_at=None)
        by_staff(Audited.CONVERSATION_SETTLED, conversation_id, user)
    return actions.finish(change)
