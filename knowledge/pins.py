"""Passages that people have rewritten: they stand in for what the text gives, through every import and version."""

from typing import Any
from uuid import UUID

from django.db import transaction

from config.common.errors import NotFound
from knowledge.chunking import Piece
from knowledge.models import Article, Chunk, Pin


def apply(article: Article, pieces: list[Piece]) -> list[Piece]:
    """The pieces with the pinned ones in their places; a pin whose place is gone comes after all others."""
    pinned = {pin.replaces: Piece(pin.heading, pin.text) for pin in article.pins.all()}
    if not pinned:
        return pieces
    placed = [pinned.get(piece.content_hash, piece) for piece in pieces]
    there = {piece.content_hash for piece in pieces}
    return placed + [piece for replaced, piece in pinned.items() if replaced not in there]


@transaction.atomic
def pin(chunk_id: UUID, text: str, author: Any = None) -> Pin:
    """Put `text` in the place of a passage, for good; returns the pin. Raises NotFound.

    The new passage is found once it is embedded, like any other; the old one stops at the commit.
    """
    article = _article_of(chunk_id)
    chunk = Chunk.objects.filter(pk=chunk_id).first()
    if chunk is None:
        raise NotFound()
    standing = [pin for pin in article.pins.all() if Piece(pin.heading, pin.text).content_hash == chunk.content_hash]
    made = standing[0] if standing else Pin(article=article, replaces=chunk.content_hash, heading=chunk.heading)
    made.text, made.author = text, author
    made.save()
    _rebuild(article)
    return made


@transaction.atomic
def unpin(pin_id: int) -> None:
    """Let the article's own text stand again. Raises NotFound."""
    article = Article.objects.select_for_update().filter(pins=pin_id).first()
    if article is None:
        raise NotFound()
    article.pins.filter(pk=pin_id).delete()
    _rebuild(article)


def _article_of(chunk_id: UUID) -> Article:
    """The article, locked: whoever would change its passages waits."""
    article = Article.objects.select_for_update().filter(chunks=chunk_id).first()
    if article is None:
        raise NotFound()
    return article


def _rebuild(article: Article) -> None:
    from knowledge import ingestion

    ingestion.reindex(article)
