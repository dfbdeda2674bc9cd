"""Retention: old entries are cut off at a checkpoint, which proves the rest."""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from config.common.audit import proof, sealing
from config.common.audit.actions import Action
from config.common.audit.models import Checkpoint, Link
from config.common.audit.trail import record

# The database's trigger lets go of nothing that no checkpoint covers.
_DELETE = (
    "DELETE FROM audit_entry USING audit_link WHERE audit_link.entry_id = audit_entry.id AND number <= %s",
    "DELETE FROM audit_link WHERE number <= %s",
)


@transaction.atomic
def cut() -> int:
    """Delete what is older than AUDIT_RETENTION_DAYS; returns how many entries. The newest one always stays.

    Only what lies before the first entry that is young enough: the chain has no holes. To be called when it is intact.
    """
    if not settings.AUDIT_RETENTION_DAYS or not sealing.is_mine():
        return 0
    links = Link.objects.order_by("number")
    newest = links.last()
    if newest is None:
        return 0
    limit = Now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    first_kept = links.filter(entry__at__gte=limit).values_list("number", flat=True).first() or newest.number
    last_cut = Link.objects.filter(number=first_kept - 1).first()
    if last_cut is None:
        return 0
    proven = proof.of_checkpoint(last_cut.number, last_cut.mac)
    Checkpoint.objects.create(number=last_cut.number, link_mac=last_cut.mac, mac=proven)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE[0], [last_cut.number])
        count: int = cursor.rowcount
        cursor.execute(_DELETE[1], [last_cut.number])
    record(Action.TRAIL_CUT, "trail", number=last_cut.number, entries=count)
    return count
