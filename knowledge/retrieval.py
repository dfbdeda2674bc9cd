"""Finding passages, in two steps.

First the database: dense (pgvector, HNSW) and lexical (BM25 over posting rows) search each name candidates
(knowledge.candidates). Then late interaction (knowledge.interaction) weighs the candidates word by word. How the parts and weights were chosen: docs/retrieval.md.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.common import db, metrics, tracing
from knowledge import asked, candidates, interaction
from knowledge.audience import VISIBLE, Audience
from knowledge.embeddings import in_use
from knowledge.words import Encoded

DEFAULT_LIMIT = 8
MAX_LIMIT = 50

# A weighted sum of scores beats reciprocal ranks, which forget how near a hit is (Bruch, Gai & Ingber, 2023).
_DENSE, _LEXICAL = 0.2, 0.006
# How many articles are nearer than the one that stands for the rest; its usual cosine, where there are no more.
_BACKGROUND_RANK, _BACKGROUND = 5, 0.3
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
    commonest: the idf of the question's commonest word, ≥ 0: what speaks of what every page speaks of finds something
    everywhere. background: cosine of an article a few places down, -1 to 1: what nearness means to this question.
    """

    passages: list[Passage]
    unknown: float
    weakest: float
    commonest: float
    background: float
    took_ms: float


_SEARCH = {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": "knowledge"}
NOTHING = SearchResult([], unknown=0.0, weakest=0.0, commonest=0.0, background=0.0, took_ms=0.0)


def search(question: str, audience: Audience, limit: int = DEFAULT_LIMIT) -> SearchResult:
    """What `audience` may be shown about `question`: at most `limit` passages, best first. Blocks."""
    with tracing.span("retrieval knowledge", _SEARCH) as span:
        found = _search(question, audience, limit)
        span.set({"replywell.passages": len(found.passages)})
        span.content(lambda: {"gen_ai.retrieval.query.text": question, "gen_ai.retrieval.documents": _documents(found)})
    metrics.RETRIEVAL_SECONDS.observe(found.took_ms / 1000)
    return found


def _documents(found: SearchResult) -> str:
    return json.dumps([{"id": str(passage.chunk_id), "score": round(passage.score, 4)} for passage in found.passages])


def _search(question: str, audience: Audience, limit: int) -> SearchResult:
    started = time.perf_counter()
    encoded, rows = _candidates(question, audience)
    matches = interaction.best_matches(encoded.words, [bytes(row[0]) for row in rows])
    means = matches.mean(axis=1).tolist() if matches.size else [0.0] * len(rows)
    passages = [Passage(*(*row[3:], mean)) for row, mean in zip(rows, means, strict=True)]
    passages.sort(key=lambda passage: (-passage.score, passage.chunk_id))
    unknown = rows[0][1] or 0.0 if rows else 1.0
    commonest = rows[0][2] or 0.0 if rows else 0.0
    weakest = float(matches.max(axis=0).min()) if matches.size else 0.0
    took_ms = (time.perf_counter() - started) * 1000
    return SearchResult(passages[:limit], unknown, weakest, commonest, _background(passages), took_ms)


def _background(passages: list[Passage]) -> float:
    """The cosine of the article at `_BACKGROUND_RANK`, by its nearest chunk."""
    nearest: dict[UUID, float] = {}
    for passage in passages:
        nearest[passage.article_id] = max(passage.dense, nearest.get(passage.article_id, -1.0))
    ranked = sorted(nearest.values(), reverse=True)
    return ranked[_BACKGROUND_RANK] if len(ranked) > _BACKGROUND_RANK else _BACKGROUND


def _candidates(question: str, audience: Audience) -> tuple[Encoded, list[tuple[Any, ...]]]:
    """The question as the index's model sees it, and what `candidates.find` finds; anew when the index was swapped."""
    model = in_use()
    while True:
        (encoded,) = asked.encode(model, [question])
        try:
            return encoded, candidates.find(question, encoded.vector, audience, model)
        except candidates.OtherModel as other:
            model = other.model


def lock_visible(chunk_ids: Iterable[UUID], audience: Audience) -> dict[UUID, int]:
    """Of these chunks, those `audience` may see, with their article's version; locked until this transaction ends.

    Whoever would archive, hide or change one of them waits: what is visible here is visible at the commit.
    """
    return dict(db.rows(_LOCK_VISIBLE, audience.parameters() | {"chunks": list(chunk_ids)}))
