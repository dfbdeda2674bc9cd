"""Ours: the whole search with vectors that are there already, and the bare search for the nearest ones."""

from collections.abc import Callable

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from knowledge import asked, candidates, retrieval
from knowledge.audience import Audience
from knowledge.words import Encoded
from tests.benchmarks.passages import Question, number_of

NEAREST = 10
_NEAREST = f"SELECT id FROM knowledge_chunk ORDER BY embedding <#> %s::vector LIMIT {NEAREST}"


class _Known:
    """An embedding backend that looks up."""

    def __init__(self, questions: list[Question]) -> None:
        self._encoded = {question.text: Encoded(question.vector, question.words) for question in questions}

    def encode_many(self, texts: list[str]) -> list[Encoded]:
        return [self._encoded[text] for text in texts]


def search_with(questions: list[Question]) -> Callable[[Question], retrieval.SearchResult]:
    """The product's search, in which embedding costs nothing."""
    known = _Known(questions)
    asked.backend = lambda model=None: known  # type: ignore[assignment,attr-defined,return-value]
    return lambda question: retrieval.search(question.text, Audience())


def nearest(question: Question, effort: int | None = None) -> list[int]:
    """The numbers of the nearest chunks, by the index; with the product's `hnsw.ef_search` unless told."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(candidates._SETTINGS)
        if effort:
            cursor.execute("SELECT set_config('hnsw.ef_search', %s, true)", [str(effort)])
        cursor.execute(_NEAREST, [candidates._literal(question.vector)])
        return [number_of(name) for (name,) in cursor.fetchall()]


def exact(vectors: NDArray[np.float32], question: Question) -> list[int]:
    """The numbers of the nearest chunks, by looking at all."""
    return np.argsort(-(vectors @ question.vector))[:NEAREST].tolist()


def recall(found: list[list[int]], exact: list[list[int]]) -> float:
    """The share of the nearest that was found."""
    return sum(len(set(a) & set(b)) for a, b in zip(found, exact, strict=True)) / sum(map(len, exact))
