"""A worker's part of an import, in turns: read and plan, or write, or undo. Killed anywhere, the next turn goes on there.

What is done is in the rows. Each item is written in one transaction that locks the import, so a cancelled one writes
nothing from its cancelling on, and nothing is written twice.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from config.common import events
from knowledge import locks
from knowledge.imports import applying, uploads
from knowledge.imports.limits import MAX_ATTEMPTS, MAX_DOCUMENTS, UNDECIDED_DAYS
from knowledge.imports.models import ImportFile, ImportItem, ImportJob
from knowledge.imports.planning import Planner, missing

State = ImportJob.State
# The first of the two keys of an import's lock; the second is its id.
_LOCK = 1_919_248_761
_TRIED = f"was tried {MAX_ATTEMPTS} times and did not finish: it may crash whatever reads it"


class Over(Exception):
    """The import is no longer in the state that is worked on: somebody has cancelled it."""


def schedule(job_id: int) -> None:
    """Ask a worker to go on once this transaction is committed. The sweeper repeats what gets lost."""
    from knowledge.tasks import go_on_import

    def send() -> None:
        try:
            go_on_import.delay(job_id)
        except Exception as error:  # noqa: BLE001 - the broker is away; the row is swept
            events.emit(events.Event.IMPORT_FAILED, "warning", job=job_id, reason=type(error).__name__)

    transaction.on_commit(send)


def go_on(job_id: int, seconds: float) -> bool:
    """Work on the import for at most about so long; returns whether there is more to do. Nothing if somebody else does."""
    until = time.monotonic() + seconds
    with locks.session(_LOCK, job_id) as mine:
        job = ImportJob.objects.filter(pk=job_id, state__in=ImportJob.ACTIVE).select_related("author").first()
        if job is None or not mine:
            return False
        try:
            more = _read(job, until) if job.state == State.READING else _write(job, until)
        except Over:
            return False
    return more


def tend() -> list[int]:
    """The imports that workers should go on with. Those that nobody decides about are ended."""
    before = Now() - timedelta(days=UNDECIDED_DAYS)
    for job in ImportJob.objects.filter(state=State.READY, created_at__lt=before):
        with suppress(Over), _held(job):
            end(job.pk, State.CANCELLED, f"Nobody decided within {UNDECIDED_DAYS} days.")
    return list(ImportJob.objects.filter(state__in=ImportJob.ACTIVE).values_list("pk", flat=True))


# -- Reading ----------------------------------------------------------------------------------


def _read(job: ImportJob, until: float) -> bool:
    """Plan what each file would come to. Opening the files counts as a part of the first one's try."""
    tries = _begin(job)
    if tries >= MAX_ATTEMPTS and not job.total:
        return _fail(job, f"Opening the files {_TRIED}.")
    with ExitStack() as stack:
        files = uploads.read(job, stack)
        ImportJob.objects.filter(pk=job.pk).update(total=len(files))
        job.total = len(files)
        planner = Planner(job)
        for number in range(first := job.done, len(files)):
            if number > first:
                if time.monotonic() > until:
                    return True
                tries = _begin(job)
            if tries >= MAX_ATTEMPTS:
                items = [planner.unreadable(files[number], number, f"reading it {_TRIED}")]
            else:
                items = planner.of(files[number], number)
            with _held(job):
                ImportItem.objects.bulk_create(items, batch_size=200)
                job.done = number + 1
                ImportJob.objects.filter(pk=job.pk).update(done=job.done, attempts=0)
            if job.items.count() > MAX_DOCUMENTS:
                return _fail(job, f"It has more than {MAX_DOCUMENTS:,} documents; divide it.")
    return _ready(job)


def _ready(job: ImportJob) -> bool:
    with _held(job):
        refused = job.items.filter(plan=ImportItem.Plan.REFUSE).exists()
        # What was read in part says nothing about what could not be read.
        if job.archive_missing and not refused:
            ImportItem.objects.bulk_create(missing(job), batch_size=200)
        error = "Nothing is archived, as something was refused." if job.archive_missing and refused else ""
        ImportJob.objects.filter(pk=job.pk).update(state=State.READY, attempts=0, error=error)
        job.files.all().delete()
    return False


def _fail(job: ImportJob, error: str) -> bool:
    with _held(job):
        end(job.pk, State.FAILED, error)
    return False


# -- Writing ----------------------------------------------------------------------------------


def _write(job: ImportJob, until: float) -> bool:
    """Apply or undo one item after the other, each in a transaction of its own."""
    undo = job.state == State.UNDOING
    left = applying.to_undo(job) if undo else applying.to_apply(job)
    while item := left.first():
        tries = _begin(job)
        with _held(job):
            if tries >= MAX_ATTEMPTS:
                applying.leave(item, f"writing it {_TRIED}")
            elif undo:
                applying.undo(item)
            else:
                applying.apply(item)
            ImportJob.objects.filter(pk=job.pk).update(attempts=0)
        # Asked last, so that each turn gets on, however short it is.
        if time.monotonic() > until:
            return True
    with _held(job):
        end(job.pk, State.UNDONE if undo else State.DONE)
    return False


def _begin(job: ImportJob) -> int:
    """Count a try before it begins: one that kills its worker has been counted. Returns how many there were."""
    ImportJob.objects.filter(pk=job.pk).update(attempts=F("attempts") + 1)
    return ImportJob.objects.values_list("attempts", flat=True).get(pk=job.pk) - 1


@contextmanager
def _held(job: ImportJob) -> Iterator[None]:
    """A transaction in which the import stays in the state that is worked on. Raises Over."""
    with transaction.atomic():
        if not ImportJob.objects.select_for_update().filter(pk=job.pk, state=job.state).exists():
            raise Over()
        yield


def end(job_id: int, state: str, error: str = "") -> None:
    """Write how an import ended, and throw away what was kept for it. Within the transaction that decides it."""
    ImportJob.objects.filter(pk=job_id).update(state=state, error=error, attempts=0, finished_at=Now())
    ImportFile.objects.filter(job=job_id).delete()
    ImportItem.objects.filter(job=job_id).exclude(body="").update(body="")
    events.emit(events.Event.IMPORT_ENDED, "warning" if state == State.FAILED else "info", job=job_id, state=str(state))
