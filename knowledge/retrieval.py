"""Finding passages: dense (pgvector, HNSW) and lexical (BM25 over posting rows), fused by a weighted sum.

One statement does all of it, so that what an audience may see is decided by the database, at the moment of the query.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from knowledge.audience import Audience
from knowledge.embeddings import Vector, backend

CANDIDATES = 40
DEFAULT_LIMIT = 8
MAX_LIMIT = 50

# BM25: Robertson & Zaragoza, 2009.
_BM25_K1, _BM25_B = 1.2, 0.75
_BM25 = f"""idf.idf * p.frequency * ({_BM25_K1} + 1)
    / (p.frequency + {_BM25_K1} * (1 - {_BM25_B} + {_BM25_B} * c.length / collection.mean_length))"""
# A weighted sum of scores beats reciprocal ranks, which forget how near a hit is (Bruch, Gai & Ingber, 2023). The
# weight was chosen on questions of our own.
_COVERAGE_WEIGHT = 0.2
# Where there are few chunks, a word that is in none of them says little.
_FEW_CHUNKS = 100

VISIBLE = """
    a.status = 'published'
    AND (%(everything)s OR a.audience = 'everyone' OR %(identified)s)
    AND (%(everything)s OR cardinality(a.tags) = 0 OR a.tags && %(tags)s::varchar[])
"""

_SEARCH = f"""
WITH query AS (
    SELECT lexeme FROM unnest(to_tsvector('english', %(question)s))
), collection AS (
    SELECT count(*)::float AS size, greatest(avg(length), 1)::float AS mean_length FROM knowledge_chunk
), idf AS (
    SELECT p.lexeme, ln(1 + (min(collection.size) - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM knowledge_posting p JOIN query USING (lexeme) CROSS JOIN collection
    GROUP BY p.lexeme
), total AS (
    -- A word that no chunk has weighs as much as a word can.
    SELECT sum(coalesce(idf.idf, ln(1 + (collection.size + 0.5) / 0.5))) AS idf,
        avg((idf.idf IS NULL)::int) * min(collection.size) / (min(collection.size) + {_FEW_CHUNKS}) AS unknown
    FROM query LEFT JOIN idf USING (lexeme) CROSS JOIN collection
), lexical AS (
    SELECT c.id
    FROM knowledge_posting p
    JOIN idf USING (lexeme)
    JOIN knowledge_chunk c ON c.id = p.chunk_id
    JOIN knowledge_article a ON a.id = c.article_id
    CROSS JOIN collection
    WHERE c.embedding IS NOT NULL AND {VISIBLE}
    GROUP BY c.id
    ORDER BY sum({_BM25}) DESC, c.id
    LIMIT {CANDIDATES}
), dense AS MATERIALIZED (
    SELECT c.id
    FROM knowledge_chunk c JOIN knowledge_article a ON a.id = c.article_id
    WHERE c.embedding IS NOT NULL AND {VISIBLE}
    ORDER BY c.embedding <#> %(vector)s::vector
    LIMIT {CANDIDATES}
), scored AS (
    -- Whoever found a candidate, both halves have their say about it.
    SELECT c.id,
        min(-(c.embedding <#> %(vector)s::vector)) AS dense,
        coalesce(sum({_BM25}), 0) AS lexical,
        coalesce(sum(idf.idf) / nullif(min(total.idf), 0), 0) AS coverage
    FROM (SELECT id FROM lexical UNION SELECT id FROM dense) candidate
    JOIN knowledge_chunk c USING (id)
    CROSS JOIN collection
    CROSS JOIN total
    LEFT JOIN (knowledge_posting p JOIN idf USING (lexeme)) ON p.chunk_id = c.id
    GROUP BY c.id
)
SELECT c.id, c.article_id, a.version, a.title, a.url, c.heading, c.text,
    (scored.dense + {_COVERAGE_WEIGHT} * scored.coverage)::float AS score,
    scored.dense::float, scored.lexical::float, scored.coverage::float, coalesce(total.unknown, 0)::float
FROM scored
CROSS JOIN total
JOIN knowledge_chunk c USING (id)
JOIN knowledge_article a ON a.id = c.article_id
ORDER BY score DESC, c.id
LIMIT %(limit)s
"""

# FOR SHARE: a transaction that would archive the article or drop the chunk waits until the reply that cites it is
# committed, or goes first. Both rows are locked, so that after a wait both are looked at anew.
_LOCK_VISIBLE = f"""
SELECT c.id, a.version FROM knowledge_chunk c JOIN knowledge_article a ON a.id = c.article_id
WHERE c.id = ANY(%(chunks)s) AND {VISIBLE}
ORDER BY a.id, c.id FOR SHARE
"""


@dataclass(frozen=True)
class Passage:
    """A chunk that a search found.

    score: what passages are ordered by. dense: cosine similarity to the question, -1 to 1. lexical: BM25, ≥ 0. coverage: share of the question's words, weighted by rarity (idf), that
    the passage has, 0 to 1.
    """

    chunk_id: UUID
    article_id: UUID
    version: int
    title: str
    url: str
    heading: str
    text: str
    score: float
    dense: float
    lexical: float
    coverage: float


@dataclass(frozen=True)
class SearchResult:
    """Passages, best first, and how long it took.

    unknown: the share of the question's words that nothing here has, 0 to 1, less in a small knowledge base.
    """

    passages: list[Passage]
    unknown: float
    took_ms: float


def _visibility(audience: Audience) -> dict[str, Any]:
    return {"everything": audience.everything, "identified": audience.identified, "tags": list(audience.tags)}


def search(question: str, audience: Audience, limit: int = DEFAULT_LIMIT) -> SearchResult:
    """What `audience` may be shown about `question`: at most `limit` passages, best first. Blocks."""
    started = time.perf_counter()
    vector = backend().embed(question)
    parameters = _visibility(audience) | {"question": question, "vector": _literal(vector), "limit": limit}
    with transaction.atomic(), connection.cursor() as cursor:
        # Filters thin out what the HNSW scan returns; iterative scans go on until there is enough (pgvector 0.8).
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.ef_search = 80")
        cursor.execute(_SEARCH, parameters)
        rows = cursor.fetchall()
    unknown = rows[0][-1] if rows else 1.0
    return SearchResult([Passage(*row[:-1]) for row in rows], unknown, (time.perf_counter() - started) * 1000)


def _literal(vector: Vector) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def lock_visible(chunk_ids: Iterable[UUID], audience: Audience) -> dict[UUID, int]:
    """Of these chunks, those `audience` may see, with their article's version; locked until this transaction ends.

    Whoever would archive, hide or change one of them waits: what is visible here is visible at the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_VISIBLE, _visibility(audience) | {"chunks": list(chunk_ids)})
        return dict(cursor.fetchall())
