"""Celery tasks of the `ingest` queue: thin, idempotent, they take ids."""

from uuid import UUID

from celery import shared_task

from knowledge import index, ingestion, statistics


@shared_task
def embed_article(article_id: str) -> None:
    """Give the article's new chunks their vectors."""
    ingestion.embed(UUID(article_id))


@shared_task
def sweep() -> None:
    """Find what a lost task left without vectors, and embed it."""
    for article_id in index.articles_to_embed():
        ingestion.embed(article_id)


@shared_task
def refresh_statistics() -> None:
    """Count anew what searches know of the whole index."""
    statistics.refresh()
