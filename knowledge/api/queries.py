"""Articles as an integration sees them: what it may see, and the JSON of one."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from config.common.errors import NotFound
from knowledge.audience import Audience
from knowledge.models import Article, ArticleVersion


def visible(audience: Audience) -> "QuerySet[Article]":
    """What the audience may read, with the text: everything, or the published articles that are for it.

    The text comes in the same statement, so that it is that of the version it is shown with.
    """
    current = ArticleVersion.objects.filter(article=OuterRef("pk"), number=OuterRef("version"))
    articles = Article.objects.annotate(body=Subquery(current.values("body")[:1]))
    if audience.everything:
        return articles
    allowed = [Article.Audience.EVERYONE, *([Article.Audience.IDENTIFIED] if audience.identified else [])]
    return articles.filter(
        Q(tags=[]) | Q(tags__overlap=list(audience.tags)),
        valid_now(),
        status=Article.Status.PUBLISHED,
        audience__in=allowed,
    )


def valid_now() -> Q:
    """What the database's clock is within the times of."""
    begun = Q(valid_from=None) | Q(valid_from__lte=Now())
    return begun & (Q(valid_until=None) | Q(valid_until__gt=Now()))


def find(article_id: UUID, audience: Audience) -> Any:
    """The article, if the audience may read it; NotFound otherwise."""
    article = visible(audience).filter(pk=article_id).first()
    if article is None:
        raise NotFound()
    return article


def shape(article: Any) -> dict[str, Any]:
    """The JSON of an article that `visible` gave."""
    failed = article.index_state == Article.IndexState.FAILED
    return {
        "id": str(article.id),
        "title": article.title,
        "body": article.body,
        "url": article.url,
        "status": article.status,
        "audience": article.audience,
        "tags": article.tags,
        "external_id": article.external_id,
        "valid_from": article.valid_from,
        "valid_until": article.valid_until,
        "version": article.version,
        "index_state": article.index_state,
        **({"index_error": article.index_error} if failed else {}),
        "created_at": article.created_at,
        "updated_at": article.updated_at,
    }
