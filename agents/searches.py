"""What is remembered of each search: the question and how well it was met, for whoever looks for what is missing."""

from agents.turn import Search
from knowledge.retrieval import SearchResult

MAX_QUERY = 500


def record(query: str, found: SearchResult) -> Search:
    """A search as it is kept with its run; a long question is cut."""
    best = found.passages[0] if found.passages else None
    return Search(
        query=query[:MAX_QUERY],
        found=len(found.passages),
        score=round(best.score, 4) if best else 0.0,
        match=round(best.match, 4) if best else 0.0,
        unknown=round(found.unknown, 4),
        weakest=round(found.weakest, 4),
        took_ms=round(found.took_ms, 1),
    )
