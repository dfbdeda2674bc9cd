"""Why a search finds what it finds: each passage's place among the candidates, and the words it shares with the question."""

from dataclasses import dataclass, replace
from itertools import cycle
from uuid import UUID

from django.db import connection

from knowledge import retrieval
from knowledge.audience import Audience
from knowledge.candidates import CANDIDATES
from knowledge.retrieval import Passage, SearchResult

# Not in any text: what is stored has no control characters but line ends and tabs.
_OPEN, _CLOSE = "\x02", "\x03"
_WORDS = f"""
WITH query AS (
    SELECT left(lexeme, 100) AS lexeme FROM unnest(to_tsvector('english', %(question)s))
), wanted AS (
    SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS words FROM query
)
SELECT c.id, coalesce(ts_headline('english', c.text, wanted.words, 'HighlightAll=true, StartSel={_OPEN}, StopSel={_CLOSE}'), c.text),
    ARRAY(SELECT lexeme FROM knowledge_posting p JOIN query USING (lexeme) WHERE p.chunk_id = c.id ORDER BY frequency DESC)
FROM knowledge_chunk c CROSS JOIN wanted WHERE c.id = ANY(%(chunks)s)
"""


@dataclass(frozen=True)
class Explained:
    """A passage and why it is where it is.

    dense_rank, lexical_rank, match_rank: its place among the candidates by each part of its score alone, from 1. `terms`:
    the stems that it shares with the question. parts: its text, cut into (text, whether it is such a word).
    """

    passage: Passage
    dense_rank: int
    lexical_rank: int
    match_rank: int
    terms: list[str]
    parts: list[tuple[str, bool]]


@dataclass(frozen=True)
class Explanation:
    """found: what the agent reads, best first, explained. candidates: how many were weighed."""

    found: SearchResult
    passages: list[Explained]
    candidates: int


def explain(question: str, audience: Audience, limit: int = retrieval.DEFAULT_LIMIT) -> Explanation:
    """Search as the agent does, and say why. Blocks."""
    everything = retrieval.search(question, audience, limit=2 * CANDIDATES)
    weighed = everything.passages
    found = replace(everything, passages=weighed[:limit])
    dense = _ranks(weighed, [passage.dense for passage in weighed])
    lexical = _ranks(weighed, [passage.lexical for passage in weighed])
    match = _ranks(weighed, [passage.match for passage in weighed])
    words = _words(question, [passage.chunk_id for passage in found.passages])
    explained = []
    for passage in found.passages:
        terms, parts = words.get(passage.chunk_id, ([], [(passage.text, False)]))
        chunk = passage.chunk_id
        explained.append(Explained(passage, dense[chunk], lexical[chunk], match[chunk], terms, parts))
    return Explanation(found, explained, len(weighed))


def _ranks(passages: list[Passage], scores: list[float]) -> dict[UUID, int]:
    """Each passage's place by these scores; the same score, the same place."""
    ordered = sorted(scores, reverse=True)
    return {passage.chunk_id: ordered.index(score) + 1 for passage, score in zip(passages, scores, strict=True)}


def _words(question: str, chunks: list[UUID]) -> dict[UUID, tuple[list[str], list[tuple[str, bool]]]]:
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, {"question": question, "chunks": chunks})
        return {row[0]: (row[2], _parts(row[1])) for row in cursor.fetchall()}


def _parts(text: str) -> list[tuple[str, bool]]:
    """Text with marks, cut at them: what stands between two of them is a word of the question."""
    pieces = text.replace(_CLOSE, _OPEN).split(_OPEN)
    return [(piece, marked) for piece, marked in zip(pieces, cycle((False, True)), strict=False) if piece]
