"""Removing conversations, and what the database does not remove with them by itself. Each in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection

from agents.models import ToolCall
from support.models import Conversation, EscalationSimulation, Run

# Rows by table.
Removed = Counter[str]

# What a simulation lists: conversations, with what its rules saw in them.
_UNLIST = """
UPDATE support_escalationsimulation SET result = jsonb_set(result, '{listed}', (
    SELECT coalesce(jsonb_agg(one ORDER BY number), '[]')
    FROM jsonb_array_elements(result -> 'listed') WITH ORDINALITY AS t (one, number)
    WHERE one ->> 'id' <> ALL (%(ids)s::text[])))
WHERE EXISTS (SELECT FROM jsonb_array_elements(result -> 'listed') one WHERE one ->> 'id' = ANY (%(ids)s::text[]))
"""


def counted(deleted: tuple[int, dict[str, int]]) -> Removed:
    """What a `delete()` of Django's has removed, by table."""
    _, rows = deleted
    return Counter({apps.get_model(label)._meta.db_table: count for label, count in rows.items() if count})


def conversations(ids: list[UUID]) -> Removed:
    """Remove conversations and all that was said, done and told of in them.

    What was spent on them stays in the ledger, without saying on what.
    """
    runs = list(Run.objects.filter(conversation__in=ids).values_list("id", flat=True))
    removed = tool_calls(runs) + mentions(ids)
    return removed + counted(Conversation.objects.filter(id__in=ids).delete())


def tool_calls(runs: Iterable[UUID]) -> Removed:
    """Remove what tools were called with in these runs: they are known by the run's id alone."""
    return counted(ToolCall.objects.filter(run__in=list(runs)).delete())


def mentions(ids: Iterable[UUID]) -> Removed:
    """Remove what simulations list of conversations, and what the admin has logged of these rows."""
    texts = [str(one) for one in ids]
    with connection.cursor() as cursor:
        cursor.execute(_UNLIST, {"ids": texts})
        unlisted = Counter({EscalationSimulation._meta.db_table: cursor.rowcount} if cursor.rowcount else {})
    return unlisted + counted(LogEntry.objects.filter(object_id__in=texts).delete())
