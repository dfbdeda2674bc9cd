"""One sync of a source: list what there is, read what has changed, archive what is gone, in this order.

It may be killed anywhere and gone on with by the next: what is done is in the rows. Each document's try is counted before
it begins: one that kills its worker is set aside after MAX_ATTEMPTS, and the others proceed.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.db import DatabaseError, InterfaceError
from django.db.models import F
from django.db.models.functions import Now

from config.common import events
from knowledge.models import Article
from knowledge.sources import claims, listing, reading, storing
from knowledge.sources.models import Source, SourceItem

MAX_ATTEMPTS = 3
_BATCH = 500
State = SourceItem.State


def sync(
    source_id: int, holder: str, seconds: float | None = None, progress: Callable[[int], None] = lambda done: None
) -> bool:
    """Sync the source, for at most about `seconds`; returns whether there is more to do.

    Does nothing while somebody else does it. `progress` is told of each document.
    """
    source = claims.claim(source_id, holder)
    if source is None:
        return False
    end = None if seconds is None else time.monotonic() + seconds
    try:
        if not source.listed:
            _list(source)
        for item in _waiting(source):
            if end is not None and time.monotonic() > end:
                claims.release(source)
                return True
            _process(source, item)
            progress(1)
        _finish(source)
    except listing.ListingError as error:
        _end(source, error=str(error)[:500])
        events.emit(events.Event.SOURCE_FAILED, "warning", source=source.pk)
    except claims.Lost:
        pass
    return False


def _list(source: Source) -> None:
    """Note all documents that there are. Nothing is concluded from a list that could not be read to its end."""
    for keys in _batches(listing.keys(source)):
        SourceItem.objects.bulk_create(
            [SourceItem(source=source, key=key, seen_run=source.run) for key in keys],
            update_conflicts=True,
            unique_fields=["source", "key"],
            update_fields=["seen_run"],
        )
        claims.renew(source)
    claims.write(source, listed=True)
    source.listed = True


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(keys)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _waiting(source: Source) -> Iterator[SourceItem]:
    """The listed documents that this run has not done, read in pages: there may be very many."""
    last = 0
    while page := list(
        source.items.filter(seen_run=source.run, done_run__lt=source.run, pk__gt=last).order_by("pk")[:_BATCH]
    ):
        yield from page
        last = page[-1].pk


def _process(source: Source, item: SourceItem) -> None:
    """Read one document, and make articles of it if it has changed."""
    claims.renew(source)
    if item.attempts >= MAX_ATTEMPTS:
        _quarantine(source, item)
        return
    # Counted before the work: a try that kills its worker has been counted.
    SourceItem.objects.filter(pk=item.pk).update(attempts=F("attempts") + 1)
    try:
        found = reading.read(source, item)
        done = {"unchanged": 1} if isinstance(found, reading.Unchanged) else storing.store(source, item, found)
    except reading.Gone:
        item.seen_run, done = 0, {}  # whether that is plausible is judged with all the others
    except reading.Unreadable as error:
        item.state, item.error, done = State.FAILED, str(error)[:500], {"failed": 1}
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - one document does not stop the others
        item.state, item.error, done = State.FAILED, f"failed ({type(error).__name__}: {error})"[:500], {"failed": 1}
    item.attempts, item.done_run = 0, source.run
    item.save()
    _count(source, done)


def _quarantine(source: Source, item: SourceItem) -> None:
    if item.state != State.QUARANTINED:
        events.emit(events.Event.DOCUMENT_QUARANTINED, "error", source=source.pk, document=item.pk)
        item.state = State.QUARANTINED
        item.error = f"Reading it was tried {MAX_ATTEMPTS} times and did not finish: it may crash whatever reads it."
    item.done_run = source.run
    item.save()
    _count(source, {"quarantined": 1})


def _count(source: Source, done: "dict[str, int]") -> None:
    for what, number in done.items():
        source.counts[what] = source.counts.get(what, 0) + number
    claims.write(source, counts=source.counts)


def _finish(source: Source) -> None:
    """Archive what is gone, unless so much is gone that a mistake is likelier: then somebody must confirm it."""
    there = source.items.exclude(state=State.GONE)
    gone = there.filter(seen_run__lt=source.run)
    missing, known = gone.count(), there.count()
    if missing * 2 > known and not source.confirmed:
        _end(
            source,
            missing=missing,
            error=f"{missing} of {known} documents are no longer there. Nothing was archived: confirm that they are gone.",
        )
        events.emit(events.Event.SOURCE_FAILED, "warning", source=source.pk, missing=missing)
        return
    while page := list(gone[:_BATCH]):
        for item in page:
            claims.renew(source)
            for article in item.articles.exclude(status=Article.Status.ARCHIVED):
                _count(source, {"archived": int(storing.withdraw(article))})
            item.state, item.error, item.attempts = State.GONE, "", 0
            item.save()
    failed = source.counts.get("failed", 0) + source.counts.get("quarantined", 0)
    _end(source, synced_at=Now(), error=f"{failed} of {known} documents could not be read." if failed else "")
    events.emit(events.Event.SOURCE_SYNCED, source=source.pk, documents=known)


def _end(source: Source, **fields: object) -> None:
    claims.release(source, running=False, confirmed=False, **fields)


def confirm(source: Source) -> None:
    """Let the next sync archive what is gone, however much it is."""
    Source.objects.filter(pk=source.pk).update(confirmed=True)


def retry(item: SourceItem) -> None:
    """Give a document that was set aside, or failed, another chance at the next sync."""
    SourceItem.objects.filter(pk=item.pk).update(state=State.WAITING, error="", attempts=0, done_run=0)
