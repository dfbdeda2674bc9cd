"""Writing what was planned, item by item, and taking it back. What has changed since the plan was made is left alone.

Each call is one item's, within a transaction of the caller's that holds the import.
"""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import QuerySet

from knowledge import ingestion
from knowledge.imports.models import ImportItem, ImportJob
from knowledge.imports.planning import draft_of
from knowledge.ingestion import Draft
from knowledge.models import Article

Plan, State = ImportItem.Plan, ImportItem.State
# What an import may change of an article that was there, besides its text.
_FIELDS = ("url", "tags", "status")


class _Left(Exception):
    """The article is not as it was when the plan was made."""


def to_apply(job: ImportJob) -> QuerySet[ImportItem]:
    """The items that are still to be written, in the order of the upload."""
    return job.items.filter(state=State.PLANNED, plan__in=ImportItem.WRITES).select_related("job__author")


def to_undo(job: ImportJob) -> QuerySet[ImportItem]:
    """The items that are still to be taken back, the last one first."""
    return (
        job.items.filter(state=State.APPLIED, plan__in=ImportItem.WRITES).select_related("job__author").order_by("-pk")
    )


def apply(item: ImportItem) -> None:
    """Write what the item plans."""
    _do(item, _apply, State.APPLIED)


def undo(item: ImportItem) -> None:
    """Archive what was created, give what was changed its text of before, publish again what was archived."""
    _do(item, _undo, State.UNDONE)


def leave(item: ImportItem, reason: str) -> None:
    """Say of an item why nothing was written."""
    item.state, item.reason = State.LEFT, reason[:500]
    item.save(update_fields=["state", "reason"])


def _do(item: ImportItem, what: Callable[[ImportItem], None], state: str) -> None:
    try:
        with transaction.atomic():
            what(item)
    except _Left as left:
        leave(item, str(left))
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - one article does not stop the others
        leave(item, f"failed ({type(error).__name__}: {error})")
    else:
        item.state = state
        item.save(update_fields=["state", "article", "made_version", "before"])


def _apply(item: ImportItem) -> None:
    if item.plan == Plan.CREATE:
        if Article.objects.filter(external_id=item.external_id).exists():
            raise _Left("an article of this id was made meanwhile")
        item.article, _ = ingestion.save(draft_of(item, None))
    else:
        article = _article(item, item.base_version)
        was = {name: getattr(article, name) for name in _FIELDS}
        draft = draft_of(item, article) if item.plan == Plan.CHANGE else Draft(status=Article.Status.ARCHIVED)
        item.article, _ = ingestion.save(draft, article)
        item.before = {name: [was[name], getattr(item.article, name)] for name in _FIELDS}
    item.made_version = item.article.version


def _undo(item: ImportItem) -> None:
    article = _article(item, item.made_version)
    if item.plan == Plan.CREATE:
        if article.status != item.job.new_status:
            raise _Left(f"its article is {article.get_status_display().lower()} meanwhile")
        ingestion.save(Draft(status=Article.Status.ARCHIVED), article)
        return
    if item.plan == Plan.ARCHIVE and article.status != Article.Status.ARCHIVED:
        raise _Left("somebody has brought its article back already")
    # What a person has set since then stays.
    fields = {name: was for name, (was, made) in item.before.items() if getattr(article, name) == made}
    if item.plan == Plan.CHANGE:
        before = article.versions.get(number=item.base_version)
        fields |= {"title": before.title, "body": before.body}
    ingestion.save(Draft(**fields, author=item.job.author), article)


def _article(item: ImportItem, version: int) -> Article:
    """The item's article, locked. Raises _Left unless it is at `version` still."""
    known = item.article_id
    article = Article.objects.select_for_update().filter(pk=known).first() if known else None
    if article is None:
        raise _Left("its article was deleted meanwhile")
    if article.version != version:
        raise _Left(f"its article was changed meanwhile: it is at version {article.version} now")
    return article
