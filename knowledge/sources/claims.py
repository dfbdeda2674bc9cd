"""Who works on a source: one at a time, decided by one UPDATE and PostgreSQL's clock.

A worker that dies leaves its lease behind. Celery gives its task to another worker under the same id, which may go on at
once; anybody else waits until the lease has run out.
"""

from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from knowledge.sources.models import Source

# Longer than a task may take (knowledge.tasks), so that nobody is overtaken while alive.
LEASE = timedelta(minutes=11)


class Lost(Exception):
    """Somebody else works on the source now."""


def claim(source_id: int, holder: str) -> Source | None:
    """Take the source, and begin a run unless one is under way; None when somebody works on it."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now()) | Q(holder=holder)
    mine = Source.objects.filter(free, pk=source_id).update(holder=holder, lease_until=Now() + LEASE)
    if not mine:
        return None
    Source.objects.filter(pk=source_id, running=False).update(
        run=F("run") + 1, running=True, listed=False, started_at=Now(), counts={}, missing=0
    )
    return Source.objects.get(pk=source_id)


def renew(source: Source) -> None:
    """Keep the source. Raises Lost."""
    if not _mine(source).update(lease_until=Now() + LEASE):
        raise Lost()


def release(source: Source, **fields: object) -> None:
    """Let go of the source, and write these fields of it. Raises Lost."""
    if not _mine(source).update(lease_until=None, holder="", **fields):
        raise Lost()


def write(source: Source, **fields: object) -> None:
    """Write these fields of the source. Raises Lost."""
    if not _mine(source).update(**fields):
        raise Lost()


def _mine(source: Source):  # type: ignore[no-untyped-def]
    return Source.objects.filter(pk=source.pk, holder=source.holder, run=source.run, running=True)


def due() -> list[int]:
    """The sources whose time has come, and those whose worker died."""
    abandoned = Q(running=True) & (Q(lease_until=None) | Q(lease_until__lt=Now()))
    waited = Q(running=False) & (
        Q(started_at=None) | Q(started_at__lte=Now() - F("interval_minutes") * timedelta(minutes=1))
    )
    wanted = Q(enabled=True, interval_minutes__gt=0) & waited
    return list(Source.objects.filter(abandoned | wanted).values_list("pk", flat=True))
