"""Articles for the knowledge tests."""

from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk


def save(title: str, body: str, article: Article | None = None, **fields) -> Article:
    """Save and publish an article; its new chunks have no vectors yet."""
    saved, _ = ingestion.save(Draft(title=title, body=body, **({"status": "published"} | fields)), article)
    return saved


def publish(title: str, body: str, article: Article | None = None, **fields) -> Article:
    """An article that searches find."""
    saved = save(title, body, article, **fields)
    ingestion.embed(saved.pk)
    saved.refresh_from_db()
    return saved


def chunks(article: Article) -> dict[str, Chunk]:
    """The article's chunks by their text, in reading order."""
    return {chunk.text: chunk for chunk in article.chunks.order_by("position")}
