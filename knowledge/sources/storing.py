"""Documents of a source to articles, and away with what it no longer has."""

from collections import Counter
from uuid import UUID

from django.db import transaction

from knowledge import ingestion
from knowledge.converters import convert_content
from knowledge.converters.document import Document, Failure
from knowledge.ingestion import Draft, Outcome
from knowledge.models import Article
from knowledge.sources.models import Source, SourceItem
from knowledge.sources.reading import Changed, profile

Status = Article.Status


def store(source: Source, item: SourceItem, changed: Changed) -> Counter[str]:
    """Make articles of a document's new content; says in the item what went wrong. Returns what was done."""
    counts: Counter[str] = Counter()
    articles: set[UUID] = set()
    failures: list[Failure] = []
    with changed.content.file:
        for found in convert_content(changed.converter, changed.content):
            failure = found if isinstance(found, Failure) else _save(source, item, found, articles, counts)
            if failure:
                failures.append(failure)
                counts["failed"] += 1
    item.error = failures[0].reason if failures else ""
    left = item.articles.filter(withdrawn=False).exclude(pk__in=articles).exclude(status=Status.ARCHIVED)
    # A document that was read in part says nothing about the parts that could not be read.
    if not failures and left.exists():
        if len(left) > len(articles) and not source.confirmed:
            item.error = (
                f"{len(left)} of the articles from it are no longer in it: confirm that they are to be archived"
            )
            counts["failed"] += 1
        else:
            counts["archived"] += sum(map(withdraw, left))
    item.state = SourceItem.State.FAILED if item.error else SourceItem.State.FINE
    item.error = item.error[:500]
    item.content_hash, item.etag, item.last_modified = changed.content_hash, changed.etag, changed.last_modified
    item.profile = profile(source)
    return counts


@transaction.atomic
def _save(
    source: Source, item: SourceItem, document: Document, articles: set[UUID], counts: Counter[str]
) -> Failure | None:
    existing = (
        Article.objects.filter(external_id=document.external_id)
        .select_related("source_item")
        .only("source_item", "withdrawn")
        .first()
    )
    if existing and (existing.pk in articles or _is_anothers(existing, source, item)):
        return Failure(document.where, f"another document has the same id: {document.external_id}")
    new_settings = existing is None or existing.source_item_id is None or item.profile != profile(source)
    article, outcome = ingestion.upsert(
        Draft(
            title=document.title,
            body=document.body,
            url=document.url or None,
            # What people archived stays archived; what its source had lost comes back.
            status=Status.PUBLISHED if existing is None or existing.withdrawn else None,
            audience=source.audience if new_settings else None,
            tags=source.tags if new_settings else None,
            external_id=document.external_id,
        )
    )
    Article.objects.filter(pk=article.pk).update(source_item=item, withdrawn=False)
    articles.add(article.pk)
    if existing and existing.withdrawn and outcome == Outcome.UPDATED:
        outcome = Outcome.CREATED
    counts[outcome] += 1
    return None


def _is_anothers(article: Article, source: Source, item: SourceItem) -> bool:
    """Whether a document that is still there has this article; within a source it may move to another one."""
    owner = article.source_item
    if owner is None or owner.pk == item.pk:
        return False
    moved = owner.source_id == source.pk and owner.seen_run < source.run
    return not moved and owner.state != SourceItem.State.GONE


def withdraw(article: Article) -> bool:
    """Archive an article that its source no longer has; returns whether it was not archived yet."""
    with transaction.atomic():
        _, changed = ingestion.save(Draft(status=Status.ARCHIVED), article)
        if changed:
            Article.objects.filter(pk=article.pk).update(withdrawn=True)
    return changed
