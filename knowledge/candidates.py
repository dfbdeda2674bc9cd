"""Candidates: one SQL statement, so that what an audience may see is decided by the database, at the moment of the query.

What it reads is bounded, however large the index is:
- dense: the HNSW scan (pgvector) goes on until CANDIDATES are visible;
- lexical: of each of the question's lexemes the postings with the highest impact, READ in all at most. A rare lexeme's
  are all read; chunks that only have common ones of low impact are missed (champion lists: Manning, Raghavan &
  Schütze, 2008, 7.1.3);
- what is said about a candidate, BM25 of chunk and article, is exact, but for the counts of common lexemes
  (knowledge.statistics).

Visibility is asked of each row by a subquery: in a join the planner would guess how many rows are visible, guess far too
few, and read them all.
"""

from typing import Any

from django.db import connection, transaction

from config.common import db
from knowledge import recipes
from knowledge.audience import VISIBLE, Audience
from knowledge.model_files import ModelId
from knowledge.statistics import COUNTED
from knowledge.words import Vector

CANDIDATES = 30
# Postings read for a question's lexemes together, and for one of them.
READ, READ_OF_ONE = 24_000, 2_000
# Where there are few chunks, a word that is in none of them says little.
_FEW_CHUNKS = 100

# BM25 (Robertson & Zaragoza, 2009) of a chunk and of its whole article, whose lengths vary more.
_BM25_K1 = 1.2
_CHUNK_B, _ARTICLE_B = 0.4, 0.75


def _bm25(length: str, mean_length: str, b: float) -> str:
    """SQL for one lexeme's share of BM25; `idf` and `frequency` are columns in scope."""
    return f"""idf * frequency * ({_BM25_K1} + 1)
        / (frequency + {_BM25_K1} * (1 - {b} + {b} * {length} / {mean_length}))"""


# Whether chunk c may be found.
_FOUND = f"""
    c.embedding IS NOT NULL AND (SELECT {VISIBLE} FROM knowledge_article a WHERE a.id = c.article_id)
"""

_SEARCH = f"""
WITH collection AS MATERIALIZED (
    SELECT chunks::float AS size, chunk_length, article_length FROM knowledge_collection
    UNION ALL
    SELECT count(*), greatest(avg(length), 1), greatest(sum(length)::float / nullif(count(DISTINCT article_id), 0), 1)
    FROM knowledge_chunk WHERE NOT EXISTS (SELECT FROM knowledge_collection)
    HAVING NOT EXISTS (SELECT FROM knowledge_collection)
    LIMIT 1
), counted AS MATERIALIZED (
    SELECT lexeme, (
        SELECT count(*) FROM (SELECT FROM knowledge_posting p WHERE p.lexeme = query.lexeme LIMIT {COUNTED}) few
    ) AS chunks FROM (SELECT left(lexeme, 100) AS lexeme FROM unnest(to_tsvector('english', %(question)s::text))) query
), word AS MATERIALIZED (
    SELECT lexeme, counted.chunks > 0 AS known,
        ln(1 + (greatest(size, df) - df + 0.5) / (df + 0.5)) AS idf
    FROM counted LEFT JOIN knowledge_lexeme common USING (lexeme) CROSS JOIN collection
    CROSS JOIN LATERAL (
        SELECT CASE WHEN counted.chunks < {COUNTED} THEN counted.chunks
            ELSE greatest(counted.chunks, common.chunks) END::float AS df
    ) frequency
), total AS (
    -- A word that no chunk has weighs as much as a word can.
    SELECT sum(idf) AS idf, avg((NOT known)::int) * min(size) / (min(size) + {_FEW_CHUNKS}) AS unknown,
        min(idf) AS commonest
    FROM word CROSS JOIN collection
), lexical AS MATERIALIZED (
    SELECT c.id, c.article_id, c.length
    FROM (
        SELECT chunk_id, sum(idf * impact) AS score
        FROM word CROSS JOIN LATERAL (
            SELECT chunk_id, impact FROM knowledge_posting p
            WHERE p.lexeme = word.lexeme AND impact IS NOT NULL
            ORDER BY impact DESC NULLS LAST
            LIMIT (SELECT least({READ_OF_ONE}, {READ} / count(*)) FROM word)
        ) strongest
        GROUP BY chunk_id ORDER BY score DESC OFFSET 0
    ) ranked
    JOIN LATERAL (SELECT * FROM knowledge_chunk c WHERE c.id = chunk_id AND {_FOUND} OFFSET 0) c ON true
    ORDER BY score DESC
    LIMIT {CANDIDATES}
), dense AS MATERIALIZED (
    SELECT c.id, c.article_id, c.length FROM knowledge_chunk c WHERE {_FOUND}
    ORDER BY c.embedding <#> %(vector)s::vector
    LIMIT {CANDIDATES}
), candidate AS MATERIALIZED (
    SELECT * FROM lexical UNION SELECT * FROM dense
), matched AS MATERIALIZED (
    -- Whoever found a candidate, both halves have their say about it, and about the article around it.
    SELECT article_id, p.chunk_id, lexeme, idf, p.frequency
    FROM (SELECT DISTINCT article_id FROM candidate) article CROSS JOIN word CROSS JOIN LATERAL (
        SELECT chunk_id, frequency FROM knowledge_posting p
        WHERE p.lexeme = word.lexeme AND p.article_id = article.article_id OFFSET 0
    ) p
), by_chunk AS MATERIALIZED (
    SELECT id, sum({_bm25("length", "chunk_length", _CHUNK_B)}) AS lexical, sum(idf) AS covered
    FROM candidate JOIN matched ON chunk_id = id CROSS JOIN collection GROUP BY id
), by_article AS MATERIALIZED (
    SELECT article_id, sum({_bm25("length", "article_length", _ARTICLE_B)}) AS lexical
    FROM (SELECT article_id, lexeme, min(idf) AS idf, sum(frequency) AS frequency FROM matched GROUP BY 1, 2) term
    JOIN (
        SELECT article_id, (SELECT sum(length) FROM knowledge_chunk c WHERE c.article_id = candidate.article_id) AS length
        FROM candidate GROUP BY article_id
    ) article USING (article_id)
    CROSS JOIN collection GROUP BY article_id
)
SELECT c.words, total.unknown::float, total.commonest::float, c.id, c.article_id, a.version, a.title, a.url, c.heading, c.text,
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

# Filters thin out what the HNSW scan returns; iterative scans go on until there is enough (pgvector 0.8). The plan is
# made once per connection (and again after each ANALYZE): to make it takes longer than to follow it. Whoever has read
# which model the index is of keeps it until the end of the transaction.
_SETTINGS = f"""
{recipes.MODELS};
SET LOCAL hnsw.iterative_scan = strict_order;
SET LOCAL hnsw.ef_search = 160;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL jit = off
"""


class OtherModel(Exception):
    """The index is not of the model that the question's vector is from, but of `model`."""

    def __init__(self, model: ModelId) -> None:
        super().__init__(model)
        self.model = model


def find(question: str, vector: Vector, audience: Audience, model: ModelId) -> list[tuple[Any, ...]]:
    """Rows of `_SEARCH`: packed words, share of unknown words, idf of the commonest, then a passage's fields but the last.

    Raises OtherModel when the index is not of `model`.
    """
    parameters = audience.parameters() | {"question": question, "vector": _literal(vector)}
    with transaction.atomic(), connection.cursor() as settings:
        settings.execute(_SETTINGS)
        live = recipes.models(settings.fetchone())
        if live != model:
            raise OtherModel(live)
        return db.rows(_SEARCH, parameters, binary=True)


def _literal(vector: Vector) -> str:
    """A vector as pgvector reads it."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"
