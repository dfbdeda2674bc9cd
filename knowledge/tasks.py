"""Celery tasks of the `ingest` queue: thin, idempotent, they take ids."""

from uuid import UUID

from celery import Task, shared_task

from knowledge import bulk, index, ingestion, statistics
from knowledge.imports import work as imports
from knowledge.reindex import work
from knowledge.sources import claims
from knowledge.sources.sync import sync

# A sync, or a rebuild of the index, goes on in a task of its own after so long: others of the queue have their turn.
SLICE_SECONDS = 60
# A document that takes longer than this never ends: the worker's child is killed, which counts as a try.
HARD_LIMIT_SECONDS = 600


@shared_task
def embed_article(article_id: str) -> None:
    """Give the article's new chunks their vectors."""
    ingestion.embed(UUID(article_id))


@shared_task
def sweep() -> None:
    """Find what a lost task left without vectors, and embed it."""
    bulk.embed(index.articles_to_embed())


@shared_task
def refresh_statistics() -> None:
    """Count anew what searches know of the whole index."""
    statistics.refresh()


@shared_task
def reindex(reindex_id: int, turn: int) -> None:
    """Go on with a rebuild of the index. A task of a turn that has been taken does nothing."""
    if (next_turn := work.go_on(reindex_id, turn, seconds=SLICE_SECONDS)) is not None:
        reindex.delay(reindex_id, next_turn)


@shared_task
def tend_reindex() -> None:
    """Ask for the rebuild whose task got lost, and finish what an interrupted one has left."""
    for reindex_id, turn in work.tend():
        reindex.delay(reindex_id, turn)


@shared_task(time_limit=HARD_LIMIT_SECONDS)
def go_on_import(job_id: int) -> None:
    """Read, write or undo an import, as its state says. One that somebody else works on is left to them."""
    if imports.go_on(job_id, seconds=SLICE_SECONDS):
        go_on_import.delay(job_id)


@shared_task
def tend_imports() -> None:
    """Ask for the imports whose task got lost, and end those that nobody decides about."""
    for job_id in imports.tend():
        go_on_import.delay(job_id)


@shared_task(bind=True, time_limit=HARD_LIMIT_SECONDS)
def sync_source(task: Task, source_id: int, when_due: bool = False) -> None:
    """Sync a source. Given to another worker after the first one's death, it goes on where that one was."""
    if when_due and source_id not in claims.due():
        return
    if sync(source_id, holder=task.request.id, seconds=SLICE_SECONDS):
        sync_source.delay(source_id, when_due=True)  # due, as it is under way and nobody's


@shared_task
def sync_due() -> None:
    """Ask for the syncs whose time has come, and for those whose worker died."""
    for source_id in claims.due():
        sync_source.delay(source_id, when_due=True)
