"""Embedding many articles at once, in full batches: most articles have few passages, and a model is fastest with many.

While one group's vectors are computed, those of the group before are stored. Killed anywhere, what is stored stays, and the
next run computes the rest: a vector is written where there is none, and is a function of the row alone.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F

from knowledge import index, ingestion, interaction, recipes
from knowledge.embeddings import backend
from knowledge.model_files import ModelId
from knowledge.models import Article, Chunk
from knowledge.words import Encoded

# Passages of a group: several batches of the model, so that it never waits for the database.
GROUP = 128
_STORE = """
UPDATE knowledge_chunk c SET embedding = v.embedding::vector, words = v.words
FROM unnest(%(ids)s::uuid[], %(embeddings)s::text[], %(words)s::bytea[]) AS v (id, embedding, words)
WHERE c.id = v.id AND c.embedding IS NULL
"""


@dataclass
class _Group:
    """Articles whose vectors are being computed."""

    articles: list[UUID]
    chunks: list[UUID]
    model: ModelId
    vectors: "list[Future[Encoded]]"


def embed(article_ids: Iterable[UUID], progress: Callable[[int], None] = lambda chunks: None) -> None:
    """Embed what waits of these articles; `progress` is told how many passages are done.

    An article whose embedding did not end before is embedded by itself: it may be the one that kills whoever tries. Raises
    ImproperlyConfigured when the index cannot take the model's vectors.
    """
    before: _Group | None = None
    alone: list[UUID] = []
    for articles in _groups(article_ids, alone):
        group = _begin(articles)
        if before:
            progress(_finish(before))
        before = group
    if before:
        progress(_finish(before))
    for article_id in alone:
        waiting = Chunk.objects.filter(article=article_id, embedding=None).count()
        ingestion.embed(article_id)
        progress(waiting)


def _groups(article_ids: Iterable[UUID], alone: list[UUID]) -> Iterator[list[UUID]]:
    """Articles with about GROUP waiting passages together; those that were tried before go into `alone`."""
    group: list[UUID] = []
    size = 0
    for article_id, attempts, waiting in _waiting(article_ids):
        if attempts or waiting > GROUP:
            alone.append(article_id)
            continue
        group.append(article_id)
        size += waiting
        if size >= GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group


def _waiting(article_ids: Iterable[UUID]) -> Iterator[tuple[UUID, int, int]]:
    """(article, tries, passages) of those of which passages wait."""
    ids = list(article_ids)
    for start in range(0, len(ids), GROUP):
        page = ids[start : start + GROUP]
        published = Article.objects.filter(pk__in=page, status=Article.Status.PUBLISHED, chunks__embedding=None)
        counted = published.annotate(waiting=Count("chunks")).order_by("pk")
        yield from counted.values_list("pk", "index_attempts", "waiting")


def _begin(articles: list[UUID]) -> _Group:
    """Count a try of each article, and have its vectors computed."""
    Article.objects.filter(pk__in=articles).update(index_attempts=F("index_attempts") + 1)
    recipes.follow()
    recipe = recipes.in_use()
    chunks = list(Chunk.objects.filter(article__in=articles, embedding=None).select_related("article"))
    # Texts of about the same length share a batch: shorter ones would be filled up to the longest.
    chunks.sort(key=lambda chunk: len(chunk.text))
    vectors = [backend(recipe.model).submit(index.embedded_text(chunk)) for chunk in chunks]
    return _Group(articles, [chunk.pk for chunk in chunks], recipe.model, vectors)


def _finish(group: _Group) -> int:
    """Store the group's vectors; returns how many passages were its."""
    encoded = [future.result() for future in group.vectors]
    with transaction.atomic():
        recipe = recipes.in_use()
        # Vectors of another model, from before the index was swapped, are thrown away: the next run makes them anew.
        if recipe.model == group.model and encoded:
            index.check_dimensions(encoded[0], recipe)
            _store(group.chunks, encoded)
    ingestion.note_indexed(group.articles)
    return len(encoded)


def _store(chunks: list[UUID], encoded: list[Encoded]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            {
                "ids": chunks,
                "embeddings": ["[" + ",".join(map(str, one.vector.tolist())) + "]" for one in encoded],
                "words": [interaction.pack(one.words) for one in encoded],
            },
        )
