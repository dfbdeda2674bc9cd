"""Asking a collection's questions of its documents, in the scratch knowledge base."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from knowledge import index, retrieval
from knowledge.audience import EVERYTHING
from knowledge.embeddings import backend
from knowledge.evaluation import metrics, scratch
from knowledge.evaluation.collection import Collection, Query
from knowledge.models import Article, Chunk

# Passages asked for: enough for ten documents, though several may be of one.
_PASSAGES = retrieval.MAX_LIMIT
_BATCH = 64

Advance = Callable[[int], None]


def store(collection: Collection, advance: Advance) -> None:
    """Make articles of the documents; `advance` is told of each."""
    for document in collection.documents:
        scratch.add(document)
        advance(1)


def waiting() -> int:
    """How many chunks wait for their vectors."""
    return Chunk.objects.filter(embedding=None).count()


def embed(advance: Advance) -> None:
    """Embed all chunks; `advance` is told how many at a time."""
    # Those of like length go through the model together.
    ids = list(Chunk.objects.filter(embedding=None).order_by("length", "id").values_list("id", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = Chunk.objects.filter(id__in=ids[start : start + _BATCH]).select_related("article")
        advance(index.embed_chunks(list(batch)))
    scratch.analyze()


def ask(queries: list[Query]) -> Iterator[dict[str, float]]:
    """The measures of each question, and what it took in milliseconds: `ms` in all, `embedding_ms` of it."""
    external_ids = {pk: str(external_id) for pk, external_id in Article.objects.values_list("pk", "external_id")}
    for query in queries:
        started = time.perf_counter()
        backend().encode(query.text)
        embedding_ms = (time.perf_counter() - started) * 1000
        found = retrieval.search(query.text, EVERYTHING, _PASSAGES)
        ranking = list(dict.fromkeys(external_ids[passage.article_id] for passage in found.passages))
        yield metrics.of_ranking(ranking, query.relevant) | {"ms": found.took_ms, "embedding_ms": embedding_ms}


def summarise(measures: list[dict[str, float]]) -> dict[str, float]:
    """The means, and the times' percentiles."""
    times = [one.pop("ms") for one in measures]
    embedding = [one.pop("embedding_ms") for one in measures]
    return metrics.mean(measures) | {
        "p50_ms": metrics.percentile(times, 0.5),
        "p95_ms": metrics.percentile(times, 0.95),
        "embedding_p50_ms": median(embedding),
    }
