"""Finding passages, in two steps.

First the database: dense (pgvector, HNSW) and lexical (BM25 over posting rows) search each name candidates. One statement
does it, so that what an audience may see is decided by the database, at the moment of the query. Then late interaction
(knowledge.interaction) weighs the candidates word by word. How the parts and weights were chosen: docs/retrieval.md.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from knowledge import interaction
from knowledge.audience import Audience
from knowledge.embeddings import Vector, backend

CANDIDATES = 30
DEFAULT_LIMIT = 8
MAX_LIMIT = 50

# BM25 (Robertson & Zaragoza, 2009) of a chunk and of its whole article, whose lengths vary more.
_BM25_K1 = 1.2
_CHUNK_B, _ARTICLE_B = 0.4, 0.75


def _bm25(length: str, mean_length: str, b: float) -> str:
    """SQL for one lexeme's share of BM25; `idf` and `frequency` are columns in scope."""
    return f"""idf * frequency * ({_BM25_K1} + 1)
        / (frequency + {_BM25_K1} * (1 - {b} + {b} * {length} / {mean_length}))"""


# A weighted sum of scores beats reciprocal ranks, which forget how near a hit is (Bruch, Gai & Ingber, 2023).
_DENSE, _LEXICAL = 0.2, 0.006
# Where there are few chunks, a word that is in none of them says little.
_FEW_CHUNKS = 100

VISIBLE = """
    a.status = 'published'
    AND (a.valid_from IS NULL OR a.valid_from <= statement_timestamp())
    AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
    AND (%(everything)s OR a.audience = 'everyone' OR %(identified)s)
    AND (%(everything)s OR cardinality(a.tags) = 0 OR a.tags && %(tags)s::varchar[])
"""

_SEARCH = f"""
WITH query AS (
    SELECT lexeme FROM unnest(to_tsvector('english', %(question)s))
), collection AS (
    SELECT count(*)::float AS size, greatest(avg(length), 1)::float AS chunk_length,
        greatest(sum(length)::float / nullif(count(DISTINCT article_id), 0), 1) AS article_length
    FROM knowledge_chunk
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
    ORDER BY sum({_bm25("c.length", "chunk_length", _CHUNK_B)}) DESC, c.id
    LIMIT {CANDIDATES}
), dense AS MATERIALIZED (
    SELECT c.id
    FROM knowledge_chunk c JOIN knowledge_article a ON a.id = c.article_id
    WHERE c.embedding IS NOT NULL AND {VISIBLE}
    ORDER BY c.embedding <#> %(vector)s::vector
    LIMIT {CANDIDATES}
), candidate AS (
    SELECT id, article_id FROM knowledge_chunk
    WHERE id IN (SELECT id FROM lexical UNION SELECT id FROM dense)
), sibling AS (
    SELECT id, article_id, length FROM knowledge_chunk WHERE article_id IN (SELECT article_id FROM candidate)
), matched AS (
    -- Whoever found a candidate, both halves have their say about it, and about the article around it.
    SELECT sibling.id, sibling.article_id, sibling.length, idf.lexeme, idf.idf, p.frequency
    FROM sibling JOIN knowledge_posting p ON p.chunk_id = sibling.id JOIN idf USING (lexeme)
), by_chunk AS (
    SELECT id, sum({_bm25("length", "chunk_length", _CHUNK_B)}) AS lexical, sum(idf) AS covered
    FROM matched CROSS JOIN collection GROUP BY id
), by_article AS (
    SELECT article_id, sum({_bm25("length", "article_length", _ARTICLE_B)}) AS lexical
    FROM (SELECT article_id, lexeme, min(idf) AS idf, sum(frequency) AS frequency FROM matched GROUP BY 1, 2) term
    JOIN (SELECT article_id, sum(length) AS length FROM sibling GROUP BY 1) article USING (article_id)
    CROSS JOIN collection GROUP BY article_id
)
SELECT c.words, total.unknown::float, c.id, c.article_id, a.version, a.title, a.url, c.heading, c.text,
    -(c.embedding <#> %(vector)s::vector)::float AS dense,
    (coalesce(by_chunk.lexical, 0) + coalesce(by_article.lexical, 0))::float AS lexical,
    coalesce(by_chunk.covered / nullif(total.idf, 0), 0)::float AS coverage
FROM candidate
JOIN knowledge_chunk c USING (id)
JOIN knowledge_article a ON a.id = c.article_id
LEFT JOIN by_chunk ON by_chunk.id = c.id
LEFT JOIN by_article ON by_article.article_id = c.article_id
CROSS JOIN total
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
    """A chunk that a search found, and how it compares with the question.

    dense: cosine similarity, -1 to 1. lexical: BM25 of the chunk plus that of its article, ≥ 0. coverage: share of the
    question's words, weighted by rarity (idf), that the chunk has, 0 to 1. match: late interaction, about -1 to 1.
    score: what passages are ordered by, from the others.
    """

    chunk_id: UUID
    article_id: UUID
    version: int
    title: str
    url: str
    heading: str
    text: str
    dense: float
    lexical: float
    coverage: float
    match: float

    @property
    def score(self) -> float:
        return self.match + _DENSE * self.dense + _LEXICAL * self.lexical


@dataclass(frozen=True)
class SearchResult:
    """Passages, best first, how well the question's words are known here, and how long it took.

    unknown: the share of the question's words that nothing here has, 0 to 1, less in a small knowledge base. weakest:
    of the question's words, the one that fits these passages least: how well its best match does, about -1 to 1.
    """

    passages: list[Passage]
    unknown: float
    weakest: float
    took_ms: float


def _visibility(audience: Audience) -> dict[str, Any]:
    return {"everything": audience.everything, "identified": audience.identified, "tags": list(audience.tags)}


def search(question: str, audience: Audience, limit: int = DEFAULT_LIMIT) -> SearchResult:
    """What `audience` may be shown about `question`: at most `limit` passages, best first. Blocks."""
    started = time.perf_counter()
    encoded = backend().encode(question)
    rows = _candidates(question, encoded.vector, audience)
    matches = interaction.best_matches(encoded.words, [bytes(row[0]) for row in rows])
    passages = [
        Passage(*(*row[2:], float(match.mean()) if match.size else 0.0))
        for row, match in zip(rows, matches, strict=True)
    ]
    passages.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    unknown = rows[0][1] or 0.0 if rows else 1.0
    weakest = float(matches.max(axis=0).min()) if matches.size else 0.0
    return SearchResult(passages[:limit], unknown, weakest, (time.perf_counter() - started) * 1000)


def _candidates(question: str, vector: Vector, audience: Audience) -> list[tuple[Any, ...]]:
    """Rows of `_SEARCH`: packed words, share of unknown words, then a passage's fields but the last."""
    parameters = _visibility(audience) | {"question": question, "vector": _literal(vector)}
    with transaction.atomic(), connection.cursor() as cursor:
        # Filters thin out what the HNSW scan returns; iterative scans go on until there is enough (pgvector 0.8).
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.ef_search = 80")
        cursor.execute(_SEARCH, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


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
