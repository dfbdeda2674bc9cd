"""What people decide about an import: confirm, cancel, undo. Each is one step from one state to another."""

from django.db import transaction

from config.common.errors import Conflict
from knowledge.imports import work
from knowledge.imports.models import ImportItem, ImportJob

State = ImportJob.State


class TooLate(Conflict):
    """The import is in another state by now."""

    default_detail = "The import has moved on meanwhile. This is how it is now."


@transaction.atomic
def confirm(job_id: int) -> None:
    """Have what was shown written. Raises TooLate."""
    _step(job_id, (State.READY,), State.APPLYING)
    ImportItem.objects.filter(job=job_id, plan=ImportItem.Plan.UNCHANGED).update(state=ImportItem.State.APPLIED)
    work.schedule(job_id)


@transaction.atomic
def cancel(job_id: int) -> None:
    """End the import where it is: from the commit on it writes nothing more. Raises TooLate."""
    _step(job_id, (State.READING, State.READY, State.APPLYING), State.CANCELLED)
    work.end(job_id, State.CANCELLED)


@transaction.atomic
def undo(job_id: int) -> None:
    """Have what was written taken back. Raises TooLate."""
    _step(job_id, (State.DONE, State.CANCELLED), State.UNDOING)
    work.schedule(job_id)


def may_undo(job: ImportJob) -> bool:
    """Whether there is anything to take back."""
    written = job.items.filter(state=ImportItem.State.APPLIED, plan__in=ImportItem.WRITES)
    return job.state in (State.DONE, State.CANCELLED) and written.exists()


def _step(job_id: int, before: tuple[str, ...], after: str) -> None:
    if not ImportJob.objects.filter(pk=job_id, state__in=before).update(state=after, finished_at=None):
        raise TooLate()
