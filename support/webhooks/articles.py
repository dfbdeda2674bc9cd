"""Telling webhooks of articles: knowledge calls this for each that changed, in the transaction of the change."""

from uuid import UUID

from knowledge.api import queries
from knowledge.audience import EVERYTHING
from knowledge.models import Article
from sessions_app.models import Inbox
from support import rows
from support.webhooks.outbox import About, store


def record(article: Article) -> None:
    """Record that an article was made or changed."""
    at = rows.listening()
    if at is not None:
        data = queries.shape(queries.find(article.pk, EVERYTHING))
        store(About(at, _readers(article)), [("article.updated", data)])


def _readers(article: Article) -> list[UUID]:
    """The inboxes with webhooks of their own that may read it: as with API keys, no drafts and no other inbox's."""
    chosen = Inbox.objects.filter(webhooks__enabled=True, webhooks__every_inbox=False).distinct()
    return [
        inbox.id for inbox in chosen if queries.visible(inbox.audience(identified=True)).filter(pk=article.pk).exists()
    ]
