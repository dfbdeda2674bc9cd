"""Measures of a ranking, as TREC defines them. All lie between 0 and 1."""

import math

DEPTHS = (1, 3, 5, 10)


def of_ranking(ranking: list[str], relevant: dict[str, float]) -> dict[str, float]:
    """The measures of one query: document ids, best first and each once, against grades by document id.

    nDCG takes the grade as gain, divided by log2(1 + rank) (Järvelin & Kekäläinen, 2002).
    """
    hits = [document in relevant for document in ranking]
    measures: dict[str, float] = {}
    for depth in DEPTHS:
        measures[f"Hit@{depth}"] = float(any(hits[:depth]))
        measures[f"Recall@{depth}"] = sum(hits[:depth]) / len(relevant)
    best = sorted(relevant.values(), reverse=True)
    for depth in (5, 10):
        gains = [relevant.get(document, 0.0) for document in ranking[:depth]]
        measures[f"nDCG@{depth}"] = _discounted(gains) / _discounted(best[:depth])
    measures["MRR@10"] = next((1 / rank for rank, hit in enumerate(hits[:10], start=1) if hit), 0.0)
    return measures


def _discounted(gains: list[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def mean(all_measures: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each measure over queries."""
    return {name: sum(one[name] for one in all_measures) / len(all_measures) for name in all_measures[0]}


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile, `share` between 0 and 1."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
