"""Choosing a member of staff's inboxes, and what becomes of the conversations that they hold in others."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from sessions_app.models import Inbox
from support import idle_actions, queries
from support.perform import perform_sync
from support.workplaces.models import Workplace


@transaction.atomic
def choose(user: Any, inboxes: Iterable[Inbox] | None) -> None:
    """Limit the user to these inboxes; None: no limits, they work in every one.

    What they hold elsewhere goes back to the queue after the commit.
    """
    if inboxes is None:
        Workplace.objects.filter(user=user.pk).delete()
    else:
        row, _ = Workplace.objects.get_or_create(user=user)
        row.inboxes.set(inboxes)
    transaction.on_commit(give_back)


def give_back() -> None:
    """Put back into the queue what is held by somebody who may not work there any more."""
    for conversation_id in queries.claims_out_of_reach().values_list("id", flat=True):
        perform_sync(idle_actions.requeue_out_of_reach, conversation_id)
