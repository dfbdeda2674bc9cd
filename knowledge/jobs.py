"""What workers do for the knowledge base, as people see it: imports, syncs, rebuilds and the embedding of passages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from knowledge.imports.models import ImportItem, ImportJob
from knowledge.models import Article, Chunk, Reindex, Source, SourceItem

SHOWN_IMPORTS = 15
SHOWN_SOURCES = 15
SHOWN_REBUILDS = 3


@dataclass(frozen=True)
class Job:
    """One row. `badge` colours `label`; `total` is 0 where there is nothing to count; `id` is for retrying."""

    kind: str
    id: int
    name: str
    url: str
    badge: str
    label: str
    active: bool
    done: int = 0
    total: int = 0
    text: str = ""
    error: str = ""
    at: datetime | None = None
    retry: str = ""

    @property
    def key(self) -> str:
        """Recognises the row."""
        return f"{self.kind}-{self.id}"

    @property
    def state(self) -> dict[str, Any]:
        """What a page that looks on has to know: when `stands` changes it has other buttons."""
        names = ("key", "label", "done", "total", "text")
        return {name: getattr(self, name) for name in names} | {"stands": f"{self.badge} {self.label}"}


def everything() -> list[Job]:
    """All rows: the embedding of passages, rebuilds, imports and sources, each kind with the newest first."""
    return [embedding(), *_rebuilds(), *map(of_import, _imports()), *map(_of_source, _sources())]


def of_import(job: ImportJob) -> Job:
    """The row of an import."""
    State = ImportJob.State
    done, total, text = job.done, job.total, ""
    if job.state in (State.APPLYING, State.UNDOING):
        writes = job.items.filter(plan__in=ImportItem.WRITES)
        left = ImportItem.State.PLANNED if job.state == State.APPLYING else ImportItem.State.APPLIED
        total = writes.count()
        done = total - writes.filter(state=left).count()
        text = f"{done:,} of {total:,} articles"
    elif job.state == State.READING:
        text = f"{done:,} of {total:,} files" if total else "Waiting for a worker"
    elif job.state == State.READY:
        text = f"Would be: {found}" if (found := _plans(job)) else "No document in it"
    elif job.state == State.DONE:
        text = _plans(job)
    badge = {"ready": "confirm", "imported": "done", "failed": "failed"}.get(job.state, "")
    active = job.state in ImportJob.ACTIVE
    return Job(
        "import",
        job.pk,
        job.name,
        reverse("admin:knowledge_importjob_change", args=[job.pk]),
        "syncing" if active else badge,
        job.get_state_display(),
        active,
        done if active else 0,
        total if active else 0,
        text,
        job.error,
        job.finished_at or job.created_at,
    )


def _plans(job: ImportJob) -> str:
    """How many documents there are of each plan, without those that were left alone."""
    items = job.items.exclude(state=ImportItem.State.LEFT).order_by()
    counted = dict(items.values_list("plan").annotate(Count("pk")))
    return ", ".join(
        f"{counted[plan.value]:,} {plan.label.lower()}" for plan in ImportItem.Plan if plan.value in counted
    )


def embedding() -> Job:
    """How many passages wait for their vectors, and the articles that were given up."""
    total, pending = Chunk.objects.count(), Chunk.objects.filter(embedding=None).count()
    failed = Article.objects.filter(index_state=Article.IndexState.FAILED).count()
    url = reverse("admin:knowledge_article_changelist")
    error = f"{failed:,} article{'' if failed == 1 else 's'} could not be embedded" if failed else ""
    return Job(
        "embedding",
        0,
        "Embedding of passages",
        f"{url}?index_state__exact=failed" if failed else url,
        "syncing" if pending else "failed" if failed else "done",
        "Running" if pending else "Trouble" if failed else "Up to date",
        bool(pending),
        total - pending,
        total if pending else 0,
        f"{total - pending:,} of {total:,} passages" if pending else f"{total:,} passage{'' if total == 1 else 's'}",
        error,
        retry="Index again" if failed else "",
    )


def _imports() -> Any:
    return ImportJob.objects.all()[:SHOWN_IMPORTS]


def _sources() -> Any:
    """Those under way or in trouble first."""
    gone = Q(items__state=SourceItem.State.GONE)
    counted = Source.objects.annotate(there=Count("items", filter=~gone))
    return counted.order_by("-running", "-started_at")[:SHOWN_SOURCES]


def _of_source(source: Any) -> Job:
    done = sum(source.counts.get(name, 0) for name in ("unchanged", "created", "updated", "failed", "quarantined"))
    trouble = bool(source.error) and not source.running
    never = source.started_at is None
    return Job(
        "source",
        source.pk,
        source.name,
        f"{reverse('admin:knowledge_sourceitem_changelist')}?source__id__exact={source.pk}",
        "syncing" if source.running else "failed" if trouble else "" if never else "ok",
        "Syncing" if source.running else "Trouble" if trouble else "Not synced yet" if never else "Synced",
        source.running,
        done,
        source.there if source.running else 0,
        f"{done:,} of {source.there:,} documents" if source.running else f"{source.there:,} documents",
        source.error,
        source.synced_at or source.started_at,
        retry="" if source.running else "Sync now",
    )


def _rebuilds() -> list[Job]:
    url = reverse("admin:knowledge_reindex_changelist")
    return [
        Job(
            "rebuild",
            run.pk,
            "Rebuild of the index",
            url,
            "syncing" if run.state in Reindex.ACTIVE else run.state,
            run.get_stage_display() if run.state == Reindex.State.RUNNING else run.get_state_display(),
            run.state in Reindex.ACTIVE,
            run.done,
            run.total if run.state in Reindex.ACTIVE else 0,
            f"{run.done:,} of {run.total:,}" if run.state in Reindex.ACTIVE and run.total else "",
            run.error,
            run.finished_at or run.started_at,
        )
        for run in Reindex.objects.all()[:SHOWN_REBUILDS]
    ]
