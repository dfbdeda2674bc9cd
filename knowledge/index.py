"""The index: chunk rows, their vectors and their postings, kept in step with an article's current version."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from knowledge import interaction, pins, recipes
from knowledge.chunking import Piece, split
from knowledge.embeddings import backend
from knowledge.model_files import ModelId
from knowledge.models import Article, Chunk
from knowledge.plaintext import plain
from knowledge.recipes import Recipe
from knowledge.statistics import IMPACT
from knowledge.words import Encoded

# A lexeme in the title or a heading says more about a chunk than one in its text.
_TITLE_WEIGHT = 2.0

_INSERT_POSTINGS = f"""
WITH searched AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(headings)s::text[], %(texts)s::text[]) AS t (chunk_id, heading, text)
), lexemes AS (
    SELECT chunk_id, left(l.lexeme, 100) AS lexeme, sum(l.weight * cardinality(l.positions)) AS frequency
    FROM searched
    CROSS JOIN LATERAL (
        SELECT lexeme, positions, 1.0 AS weight FROM unnest(to_tsvector('english', text))
        UNION ALL
        SELECT lexeme, positions, %(title_weight)s FROM unnest(to_tsvector('english', heading))
    ) l
    GROUP BY chunk_id, left(l.lexeme, 100)
), measured AS (
    UPDATE knowledge_chunk SET length = sums.length
    FROM (SELECT chunk_id, ceil(sum(frequency))::int AS length FROM lexemes GROUP BY chunk_id) sums
    WHERE knowledge_chunk.id = sums.chunk_id
    RETURNING id, article_id, knowledge_chunk.length
)
INSERT INTO knowledge_posting (lexeme, chunk_id, frequency, article_id, impact)
SELECT lexeme, chunk_id, frequency, article_id, {IMPACT} FROM lexemes JOIN measured ON measured.id = chunk_id
"""


def rebuild_chunks(article: Article, body: str, *, retitled: bool) -> int:
    """Make the article's chunks those of `body`; returns how many need an embedding.

    Runs in the transaction that publishes the version: what is gone stops being found at its commit, what did not
    change keeps its row, its id and its vector. A new title changes every chunk, as it is part of what is embedded.
    """
    recipe = recipes.in_use()
    existing: dict[str, list[Chunk]] = {}
    if not retitled:
        for chunk in article.chunks.defer("embedding", "words"):
            existing.setdefault(chunk.content_hash, []).append(chunk)
    kept: list[Chunk] = []
    new: list[Chunk] = []
    for position, piece in enumerate(pieces(article, body, recipe)):
        same = existing.get(piece.content_hash)
        if same:
            chunk = same.pop()
            chunk.position = position
            kept.append(chunk)
        else:
            new.append(chunk_of(article, position, piece))
    article.chunks.exclude(id__in=[chunk.id for chunk in kept]).delete()
    Chunk.objects.bulk_update(kept, ["position"])
    Chunk.objects.bulk_create(new)
    insert_postings(article, new)
    return article.chunks.filter(embedding=None).count()


def pieces(article: Article, body: str, recipe: Recipe) -> list[Piece]:
    """What an index of this recipe has of the article, when its text is `body`."""
    return pins.apply(article, split(article.title, body, recipe))


def chunk_of(article: Article, position: int, piece: Piece) -> Chunk:
    """The chunk of a piece, not stored and without a vector."""
    return Chunk(
        article=article, position=position, heading=piece.heading, text=piece.text, content_hash=piece.content_hash
    )


def insert_postings(article: Article, chunks: list[Chunk]) -> None:
    """Store which lexemes these stored chunks have, and their lengths."""
    parameters: dict[str, Any] = {
        "ids": [chunk.id for chunk in chunks],
        "headings": [f"{article.title} {chunk.heading}" for chunk in chunks],
        "texts": [plain(chunk.text) for chunk in chunks],
        "title_weight": _TITLE_WEIGHT,
    }
    if chunks:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT_POSTINGS, parameters)


def clear_chunks(article: Article) -> None:
    """Take the article out of the index."""
    article.chunks.all().delete()


def embed_pending(article_id: UUID, batch: int = 32) -> int:
    """Embed the article's chunks that have no vector yet, `batch` at a time; returns how many were embedded.

    Safe to be killed anywhere and to be run twice at once: a vector is written where there is none, and is a function
    of the row alone.
    """
    done = 0
    while True:
        chunks = list(
            Chunk.objects.filter(article_id=article_id, embedding=None)
            .select_related("article")
            .order_by("position")[:batch]
        )
        if not chunks:
            return done
        done += embed_chunks(chunks)


def embed_chunks(chunks: list[Chunk]) -> int:
    """Embed these chunks, whose articles are loaded; returns how many still waited for it.

    Raises ImproperlyConfigured when the index cannot take the model's vectors.
    """
    recipes.follow()
    recipe = recipes.in_use()
    encoded = backend(recipe.model).encode_many([embedded_text(chunk) for chunk in chunks])
    for one in encoded[:1]:
        check_dimensions(one, recipe)
    return sum(_write(chunk, one, recipe.model) for chunk, one in zip(chunks, encoded, strict=True))


def check_dimensions(encoded: Encoded, recipe: Recipe) -> None:
    """Raise ImproperlyConfigured when an index of this recipe cannot take such vectors."""
    if encoded.vector.size != recipe.dimensions:
        raise ImproperlyConfigured(
            f"{recipe.model.name} gives vectors of {encoded.vector.size} dimensions, the index is for "
            f"{recipe.dimensions}: run `manage.py reindex`."
        )


@transaction.atomic
def _write(chunk: Chunk, encoded: Encoded, model: ModelId) -> int:
    """Store a chunk's vectors, if the index is still of the model that they are from."""
    if recipes.in_use().model != model:
        return 0
    waiting = Chunk.objects.filter(id=chunk.id, embedding=None)
    return waiting.update(embedding=encoded.vector, words=interaction.pack(encoded.words))


def embedded_text(chunk: Chunk) -> str:
    """What the model is given for a chunk: title, headings, text."""
    return "\n".join(part for part in (chunk.article.title, chunk.heading, plain(chunk.text)) if part)


def articles_to_embed() -> list[UUID]:
    """Published articles with chunks that wait for a vector."""
    waiting = Chunk.objects.filter(article=OuterRef("pk"), embedding=None)
    published = Article.objects.filter(status=Article.Status.PUBLISHED)
    return list(published.filter(Exists(waiting)).values_list("id", flat=True))
