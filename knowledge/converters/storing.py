"""Documents to articles."""

from collections import Counter
from typing import Any
from uuid import UUID

from knowledge import ingestion
from knowledge.converters.document import Document, Failure
from knowledge.ingestion import Draft
from knowledge.models import Article


class Import:
    """One run: what it stored, and what came of each document.

    A new article is published. One that is there keeps its status and its address where the document has none: archiving
    an imported article outlasts the next import. `tag` is added to whatever tags an article has.
    """

    def __init__(self, tag: str | None = None) -> None:
        self.tag = tag
        self.counts: Counter[str] = Counter()
        self.articles: list[UUID] = []
        self._places: dict[str, str] = {}

    def add(self, found: Document | Failure) -> Failure | None:
        """Store a document; returns what went wrong, if something did."""
        failure = found if isinstance(found, Failure) else self._twice(found)
        if failure or isinstance(found, Failure):
            self.counts["failed"] += 1
            return failure
        existing = Article.objects.filter(external_id=found.external_id).only("tags").first()
        article, outcome = ingestion.upsert(draft(found, existing, tags=[self.tag] if self.tag else []))
        self.counts[outcome] += 1
        self.articles.append(article.pk)
        return None

    def _twice(self, document: Document) -> Failure | None:
        """Two documents of one run under one id: the second would overwrite the first."""
        first = self._places.setdefault(document.external_id, document.where)
        if first == document.where:
            return None
        return Failure(document.where, f"has the same id as {first}: {document.external_id}")


def draft(
    document: Document,
    existing: Article | None,
    *,
    tags: list[str],
    status: str = Article.Status.PUBLISHED,
    audience: str | None = None,
    author: Any = None,
) -> Draft:
    """What a document makes of its article. `status` and `audience` are for a new one, `tags` are added to those it has."""
    had = existing.tags if existing else []
    new = [tag for tag in tags if tag not in had]
    return Draft(
        title=document.title,
        body=document.body,
        url=document.url or None,
        status=None if existing else status,
        audience=None if existing else audience,
        tags=[*had, *new] if new else None,
        external_id=document.external_id,
        author=author,
    )
