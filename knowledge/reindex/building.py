"""Filling the next index, article by article, and bringing it up to what has changed since.

What is stale is decided by the database alone: an article whose version or pins are not those that its chunks were made of.
So a build that was interrupted, a first one and one that catches up are the same.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from knowledge import index, interaction
from knowledge.embeddings import backend
from knowledge.models import Article, Chunk
from knowledge.recipes import Recipe
from knowledge.reindex.tables import NEXT, inside

# Passages that are embedded and stored together: about a second's work.
_TOGETHER = 64

_PINS = """
coalesce((SELECT md5(string_agg(id || md5(replaces || heading || text), ',' ORDER BY id))
    FROM knowledge_pin WHERE article_id = a.id), '')
"""
_STALE = f"""
SELECT a.id FROM knowledge_article a LEFT JOIN {NEXT}.built b ON b.article_id = a.id
WHERE a.status = 'published' AND (b.article_id IS NULL OR b.version <> a.version OR b.pins <> {_PINS})
UNION ALL
SELECT b.article_id FROM {NEXT}.built b
WHERE NOT EXISTS (SELECT FROM knowledge_article a WHERE a.id = b.article_id AND a.status = 'published')
"""
_STATE = f"SELECT a.version, {_PINS} FROM knowledge_article a WHERE a.id = %s AND a.status = 'published'"
_NOTE = f"""
INSERT INTO {NEXT}.built (article_id, version, pins) VALUES (%s, %s, %s)
ON CONFLICT (article_id) DO UPDATE SET version = excluded.version, pins = excluded.pins
"""


@dataclass(frozen=True)
class Built:
    """An article's chunks for the next index, not stored yet; `version` and `pins` are the state they are made of."""

    article: Article
    version: int
    pins: str
    chunks: list[Chunk]


def stale() -> list[UUID]:
    """The articles whose chunks in the next index are missing, of another state, or too many."""
    with connection.cursor() as cursor:
        cursor.execute(_STALE)
        return [article_id for (article_id,) in cursor.fetchall()]


def built() -> int:
    """How many articles the next index has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {NEXT}.built")
        return int(cursor.fetchone()[0])


def build(article_ids: Iterable[UUID], recipe: Recipe, advance: Callable[[int], None]) -> None:
    """Make the chunks of these articles anew; `advance` is told of how many, and called often: it may raise to stop."""
    for group in _groups(article_ids, recipe):
        chunks = [chunk for one in group for chunk in one.chunks]
        for start in range(0, len(chunks), _TOGETHER):
            _embed(chunks[start : start + _TOGETHER], recipe)
            advance(0)
        _store(group)
        advance(len(group))


def _groups(article_ids: Iterable[UUID], recipe: Recipe) -> Iterator[list[Built]]:
    """Articles, read one by one, in groups of about _TOGETHER chunks."""
    group: list[Built] = []
    for article_id in article_ids:
        made = read(article_id, recipe)
        if made is None:
            _forget(article_id)
            continue
        group.append(made)
        if sum(len(one.chunks) for one in group) >= _TOGETHER:
            yield group
            group = []
    if group:
        yield group


def read(article_id: UUID, recipe: Recipe) -> Built | None:
    """The chunks that an article is to have, without vectors; None if it is not published."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [article_id])
        state: tuple[int, str] | None = cursor.fetchone()
    # What changes after its state was read makes the article stale again.
    article = Article.objects.filter(pk=article_id).first()
    if state is None or article is None:
        return None
    current = article.versions.filter(number=state[0]).first()
    pieces = index.pieces(article, current.body if current else "", recipe)
    chunks = [index.chunk_of(article, position, piece) for position, piece in enumerate(pieces)]
    _keep_ids(chunks)
    return Built(article, *state, chunks)


def _keep_ids(chunks: list[Chunk]) -> None:
    """What says the same as a live chunk of its article gets that one's id: citations go on meaning it."""
    article_id = chunks[0].article_id if chunks else None
    known: dict[str, list[UUID]] = {}
    for content_hash, pk in (
        Chunk.objects.filter(article=article_id).order_by("position").values_list("content_hash", "pk")
    ):
        known.setdefault(content_hash, []).append(pk)
    for chunk in chunks:
        if same := known.get(chunk.content_hash):
            chunk.pk = same.pop(0)


def _embed(chunks: list[Chunk], recipe: Recipe) -> None:
    """Give the chunks their vectors; those of articles whose embedding was given up go without, as in the live index."""
    wanted = [chunk for chunk in chunks if chunk.article.index_state != Article.IndexState.FAILED]
    encoded = backend(recipe.model).encode_many([index.embedded_text(chunk) for chunk in wanted])
    for chunk, one in zip(wanted, encoded, strict=True):
        chunk.embedding, chunk.words = one.vector, interaction.pack(one.words)


def _store(group: list[Built]) -> None:
    with inside(), connection.cursor() as cursor:
        Chunk.objects.filter(article__in=[one.article.pk for one in group]).delete()
        Chunk.objects.bulk_create([chunk for one in group for chunk in one.chunks])
        for one in group:
            index.insert_postings(one.article, one.chunks)
        cursor.executemany(_NOTE, [(one.article.pk, one.version, one.pins) for one in group])


def _forget(article_id: UUID) -> None:
    """Take an article out that is published no more."""
    with inside(), connection.cursor() as cursor:
        Chunk.objects.filter(article=article_id).delete()
        cursor.execute(f"DELETE FROM {NEXT}.built WHERE article_id = %s", [article_id])
