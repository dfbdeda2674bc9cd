"""Rebuilds as people see them: started, one at a time, aborted, ended.

Who works on one holds a lock of its database session, which ends with its process, however it ends. The row says what there
is to do: one that is active and held by nobody was interrupted, or waits for a worker.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from config.common import events
from config.common.errors import Conflict
from knowledge import locks
from knowledge.models import Reindex
from knowledge.reindex import tables

# The two keys of the session's lock.
_LOCK = (1_919_248_760, 0)
_HOLDER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid, objid, objsubid) = (%s, %s, 2)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Busy(Conflict):
    """Somebody else works on a rebuild."""

    default_detail = "The index is being rebuilt already. Abort that one first, or wait for it."


class NothingToAbort(Conflict):
    """No rebuild is under way."""

    default_detail = "The index is not being rebuilt."


@contextmanager
def alone() -> Iterator[None]:
    """Inside, nobody else works on a rebuild. Raises Busy at once if somebody does."""
    with locks.session(*_LOCK) as mine:
        if not mine:
            raise Busy()
        with connection.cursor() as cursor:
            # A statement whose client has died ends with it, and with it the lock.
            cursor.execute("SET client_connection_check_interval = '1s'")
        yield


def holder() -> int | None:
    """The process id, in PostgreSQL, of the session that works on a rebuild."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, _LOCK)
        row = cursor.fetchone()
    return row[0] if row else None


def active() -> Reindex | None:
    """The rebuild that is under way, waits for a worker, or was interrupted."""
    return Reindex.objects.filter(state__in=Reindex.ACTIVE).first()


def start(*, by_worker: bool, author: Any = None) -> Reindex:
    """Begin a rebuild with the configured model, or go on with one that was interrupted; for whoever is `alone`."""
    interrupted = active()
    if interrupted and interrupted.model == settings.EMBEDDING_MODEL and not interrupted.abort_requested:
        interrupted.by_worker, interrupted.turn = by_worker, interrupted.turn + 1
        interrupted.save(update_fields=["by_worker", "turn"])
        return interrupted
    if interrupted:
        end(interrupted, Reindex.State.ABORTED)
    return Reindex.objects.create(model=settings.EMBEDDING_MODEL, by_worker=by_worker, author=author)


def end(reindex: Reindex, state: Reindex.State, error: str = "", *, keep: bool = False) -> None:
    """Write how a rebuild ended, and throw away what it made, unless the next one may go on with that."""
    if not keep:
        tables.drop()
    reindex.state, reindex.error = state, error[:1000]
    Reindex.objects.filter(pk=reindex.pk).update(state=state, error=reindex.error, finished_at=Now())
    events.emit(events.Event.REINDEX_ENDED, "warning" if error else "info", reindex=reindex.pk, state=str(state))


def abort() -> None:
    """End the rebuild that is under way, within seconds, or discard what a failed one left. Raises NothingToAbort."""
    if not Reindex.objects.filter(state__in=Reindex.ACTIVE).update(abort_requested=True) and not tables.exist():
        raise NothingToAbort()
    try:
        with alone():
            if unheld := active():
                end(unheld, Reindex.State.ABORTED)
            tables.drop()
    except Busy:  # whoever it is sees the request, after the statement it is in
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_cancel_backend(%s)", [holder()])
