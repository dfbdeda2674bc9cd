"""Writing articles: the only way their text, status and chunks change.

A change is complete at its commit: new version, chunks of the new text, what is gone gone. Only the vectors of new
chunks come later, from a Celery task; the rows that wait for it are the truth, the task is a nudge.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import EllipsisType
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from config.common import events
from config.common.audit.actions import Action
from config.common.audit.origin import SYSTEM, Actor
from config.common.audit.trail import record
from config.common.errors import Conflict, Invalid, NotFound
from knowledge import index
from knowledge.models import Article, ArticleVersion, Chunk

MAX_BODY_CHARACTERS = 2_000_000
MAX_ATTEMPTS = 3
# Each round needs someone else to have created or deleted the very article; two in a row are a coincidence.
_UPSERT_TRIES = 5
# Called with each article that was made or changed, within the transaction: knowledge does not know who wants to know.
LISTENERS: list[Callable[[Article], None]] = []
_FIELDS = ("title", "url", "status", "audience", "tags", "external_id", "valid_from", "valid_until")


class Outcome(StrEnum):
    """What an upsert did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Taken(Conflict):
    """The external id belongs to another article."""

    default_detail = "Another article has this external_id."


class EndsBeforeItBegins(Invalid):
    """`valid_until` is not after `valid_from`."""

    default_detail = "valid_until must be after valid_from."


@dataclass(frozen=True)
class Draft:
    """What an article should be. None leaves a field as it is; an empty `external_id` takes the id away.

    Of the times it is the ellipsis that leaves them, as None means no bound.
    """

    title: str | None = None
    body: str | None = None
    url: str | None = None
    status: str | None = None
    audience: str | None = None
    tags: list[str] | None = None
    external_id: str | None = None
    valid_from: datetime | EllipsisType | None = ...
    valid_until: datetime | EllipsisType | None = ...
    author: Any = field(default=None, compare=False)


def content_hash(title: str, body: str) -> str:
    """Tells whether a text is already the current version."""
    return hashlib.sha256(f"{title}\x00{body}".encode()).hexdigest()


@transaction.atomic
def save(draft: Draft, article: Article | None = None) -> tuple[Article, bool]:
    """Create or change an article; returns it and whether anything changed. Unchanged content is a no-op.

    Raises Taken when the external id is another article's, and NotFound when the article has been deleted meanwhile.
    """
    if article is None:
        article = Article()
        current = None
    else:
        article = _locked(article.pk)
        current = article.versions.first()
    before = _state(article)
    body, new_version = _assign(draft, article, current)
    if not new_version and _state(article) == before:
        return article, False
    if new_version:
        article.version += 1
    _write(article)
    if new_version:
        ArticleVersion.objects.create(
            article=article,
            number=article.version,
            title=article.title,
            body=body,
            content_hash=content_hash(article.title, body),
            author=draft.author,
        )
    if new_version or before["status"] != article.status:
        retitled = current is not None and current.title != article.title
        _reindex(article, body, retitled=retitled)
    _note(article, before["status"] if current is not None else None, draft.author)
    for listener in LISTENERS:
        listener(article)
    return article, True


_BECAME = {
    Article.Status.PUBLISHED: Action.ARTICLE_PUBLISHED,
    Article.Status.ARCHIVED: Action.ARTICLE_ARCHIVED,
    Article.Status.DRAFT: Action.ARTICLE_UNPUBLISHED,
}


def _note(article: Article, status_before: str | None, author: Any) -> None:
    """Tell the audit trail what became of an article; `status_before` is None for a new one."""
    if status_before is None:
        action = Action.ARTICLE_CREATED
    elif status_before != article.status:
        action = _BECAME[Article.Status(article.status)]
    else:
        action = Action.ARTICLE_CHANGED
    by = Actor.staff(author.pk) if author else SYSTEM
    record(action, "article", article.pk, otherwise=by, version=article.version, status=article.status)


def would_change(draft: Draft, article: Article) -> bool:
    """Whether saving the draft would change this article. The instance is not to be used after; nothing is written."""
    before = _state(article)
    _, new_version = _assign(draft, article, article.versions.first())
    return new_version or _state(article) != before


def _assign(draft: Draft, article: Article, current: ArticleVersion | None) -> tuple[str, bool]:
    """Give the article the draft's fields; returns its text, and whether that makes another version than `current`."""
    if draft.external_id is not None:
        article.external_id = draft.external_id or None
    for name in ("title", "url", "status", "audience", "tags"):
        value = getattr(draft, name)
        if value is not None:
            setattr(article, name, value)
    for name in ("valid_from", "valid_until"):
        value = getattr(draft, name)
        if value is not ...:
            setattr(article, name, value)
    body = draft.body if draft.body is not None else (current.body if current else "")
    return body, current is None or current.content_hash != content_hash(article.title, body)


def upsert(draft: Draft) -> tuple[Article, Outcome]:
    """Create or change the article that has the draft's external id; safe when several do it at once."""
    assert draft.external_id
    for _ in range(_UPSERT_TRIES):
        existing = Article.objects.filter(external_id=draft.external_id).first()
        try:
            article, changed = save(draft, existing)
        except (Taken, NotFound):
            continue  # created, or deleted, between the look and the save
        if existing is None:
            return article, Outcome.CREATED
        return article, Outcome.UPDATED if changed else Outcome.UNCHANGED
    raise Conflict("The article is being created and deleted by others at the same time.")


@transaction.atomic
def delete(article_id: UUID) -> None:
    """Delete the article with its versions and chunks. Raises NotFound when it is not there.

    The lock keeps out a save that would add chunks while their predecessors are being collected for deletion.
    """
    _locked(article_id).delete()
    record(Action.ARTICLE_DELETED, "article", article_id)


def _locked(article_id: UUID) -> Article:
    article = Article.objects.select_for_update().filter(pk=article_id).first()
    if article is None:
        raise NotFound()
    return article


def _write(article: Article) -> None:
    if article.valid_from and article.valid_until and article.valid_from >= article.valid_until:
        raise EndsBeforeItBegins()
    try:
        article.save()
    except IntegrityError as error:  # the external id is the only constraint left that a caller can run into
        raise Taken() from error


def _state(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in _FIELDS}


def reindex(article: Article) -> None:
    """Bring the chunks of an article, whose row is locked, up to its current text and pins."""
    current = article.versions.first()
    _reindex(article, current.body if current else "", retitled=False)


def _reindex(article: Article, body: str, *, retitled: bool) -> None:
    if article.status != Article.Status.PUBLISHED:
        index.clear_chunks(article)
        _set_state(article, Article.IndexState.PENDING)
        return
    waiting = index.rebuild_chunks(article, body, retitled=retitled)
    if waiting:
        _set_state(article, Article.IndexState.PENDING)
        schedule(article.pk)
    else:
        _set_state(article, Article.IndexState.INDEXED)


def _set_state(article: Article, state: str, error: str = "", attempts: int = 0) -> None:
    article.index_state, article.index_error, article.index_attempts = state, error[:500], attempts
    article.save(update_fields=["index_state", "index_error", "index_attempts"])


def schedule(article_id: UUID) -> None:
    """Ask a worker to embed the article once this transaction is committed. The sweeper repeats what gets lost."""
    from knowledge.tasks import embed_article

    def send() -> None:
        try:
            embed_article.delay(str(article_id))
        except Exception as error:  # noqa: BLE001 - the broker is away; the rows stay pending and are swept
            events.emit(events.Event.ARTICLE_FAILED, "warning", article=str(article_id), reason=type(error).__name__)

    transaction.on_commit(send)


def retry(article_id: UUID) -> bool:
    """Give an article that was set aside as failed another chance; returns whether it was."""
    failed = Article.objects.filter(pk=article_id, index_state=Article.IndexState.FAILED)
    again = failed.update(index_state=Article.IndexState.PENDING, index_error="", index_attempts=0)
    if again:
        schedule(article_id)
    return bool(again)


def embed(article_id: UUID) -> None:
    """Embed what waits. An article whose embedding died MAX_ATTEMPTS times is set aside as failed."""
    attempts = Article.objects.filter(pk=article_id).values_list("index_attempts", flat=True).first()
    if attempts is None:
        return
    if attempts >= MAX_ATTEMPTS:
        newly = (
            Article.objects.filter(pk=article_id)
            .exclude(index_state=Article.IndexState.FAILED)
            .update(
                index_state=Article.IndexState.FAILED,
                index_error=f"Embedding was tried {MAX_ATTEMPTS} times and did not finish.",
            )
        )
        if newly:
            events.emit(events.Event.ARTICLE_FAILED, "error", article=str(article_id), attempts=attempts)
        return
    # Counted before the work: a try that kills its worker has been counted.
    Article.objects.filter(pk=article_id).update(index_attempts=attempts + 1)
    count = index.embed_pending(article_id)
    note_indexed([article_id])
    events.emit(events.Event.ARTICLE_INDEXED, "debug", article=str(article_id), chunks=count)


@transaction.atomic
def note_indexed(article_ids: list[UUID]) -> None:
    """Say of each of these articles that it is indexed, if nothing of it waits for a vector."""
    published = Article.objects.filter(pk__in=article_ids, status=Article.Status.PUBLISHED)
    # Locked first, looked at then: what a writer before us made wait is seen.
    locked = list(published.order_by("pk").select_for_update().values_list("pk", flat=True))
    waiting = Chunk.objects.filter(article__in=locked, embedding=None).values("article")
    Article.objects.filter(pk__in=locked).exclude(pk__in=waiting).update(
        index_state=Article.IndexState.INDEXED, index_error="", index_attempts=0
    )
