"""The JSON of a search, for the API and the command line."""

from typing import Any

from knowledge.retrieval import SearchResult


def shape(found: SearchResult) -> dict[str, Any]:
    """`{results, took_ms}`."""
    return {
        "results": [
            {
                "article_id": str(passage.article_id),
                "version": passage.version,
                "chunk_id": str(passage.chunk_id),
                "title": passage.title,
                "url": passage.url,
                "heading": passage.heading,
                "text": passage.text,
                "score": passage.score,
            }
            for passage in found.passages
        ],
        "took_ms": round(found.took_ms, 1),
    }
