"""What happens to a conversation that nobody does: each looks again under the lock, as `support.actions` does."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from config.common.audit.actions import Action as Audited
from config.common.audit.origin import SYSTEM
from config.common.audit.trail import record
from support import actions, queries
from support.change import Change
from support.models import Conversation
from support.notifications import nudge


@transaction.atomic
def close_idle(conversation_id: UUID) -> Change | None:
    """Close the conversation, if nobody has said anything for CONVERSATION_IDLE_DAYS and nobody waits; None if not."""
    actions.lock(conversation_id)
    if not queries.idle_conversations().filter(id=conversation_id).exists():
        return None
    return actions.close(conversation_id)


@transaction.atomic
def requeue_idle_claim(conversation_id: UUID) -> Change | None:
    """Back into the queue, if its human has let the customer wait for CLAIM_IDLE_SECONDS; None if not."""
    change = Change(actions.lock(conversation_id))
    if not queries.idle_claims().filter(id=conversation_id).exists():
        return None
    return _requeue(change, idle=True)


@transaction.atomic
def requeue_out_of_reach(conversation_id: UUID) -> Change | None:
    """Back into the queue, if its human may not work in its inbox any more; None if they may."""
    change = Change(actions.lock(conversation_id))
    if not queries.claims_out_of_reach().filter(id=conversation_id).exists():
        return None
    return _requeue(change, out_of_reach=True)


def _requeue(change: Change, **why: Any) -> Change:
    actions.set_state(change, state=Conversation.State.QUEUED, assignee=None, queued_at=Now())
    actions.add_notice(change, "queued")
    nudge.queued(change.conversation.inbox_id)
    record(Audited.CONVERSATION_RELEASED, "conversation", change.conversation.id, by=SYSTEM, **why)
    return actions.finish(change)
