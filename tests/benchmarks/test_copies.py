"""An index made of copies is what searches of it are compared with, and has all that the product's has."""

import numpy as np
import pytest
from django.db import connection

from knowledge.models import Chunk, Posting
from tests.benchmarks import copies, loading
from tests.benchmarks.passages import DIMENSIONS, Question, number_of

STRUCTURE = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid IN ('knowledge_chunk'::regclass, 'knowledge_posting'::regclass) AND contype IN ('p', 'f')
UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename IN ('knowledge_chunk', 'knowledge_posting') ORDER BY 1
"""


def structure() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(STRUCTURE)
        return [definition for (definition,) in cursor.fetchall()]


def real(count: int) -> copies.Real:
    random = np.random.default_rng(2)
    vectors = random.standard_normal((count + 2, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [random.integers(0, 256, (number + 1, DIMENSIONS // 8), np.uint8) for number in range(count)]
    texts = [f"printer {number} takes paper of size {number}" for number in range(count)]
    return copies.Real(vectors[:count], words, texts, [Question("paper", one, one[None]) for one in vectors[count:]])


@pytest.mark.django_db
def test_what_is_taken_down_is_made_anew():
    """Red when the foreign key of chunks is left standing, or an index is not made anew."""
    before = structure()
    missing = loading.take_down()
    assert len(structure()) == 2, "only the key of chunks is left, and its index"
    with connection.cursor() as cursor:
        for statement in missing.values():
            cursor.execute(statement)
    assert structure() == before


@pytest.mark.django_db(transaction=True)
def test_what_is_nearest_is_so_in_the_database(monkeypatch):
    """Red when `exact` gives places in a batch instead of numbers, or keeps the farthest."""
    monkeypatch.setattr(copies, "BATCH", 7)
    made = copies.Copies(real(5), 23)
    made.load()
    stored = {number_of(chunk.pk): chunk for chunk in Chunk.objects.all()}
    assert sorted(stored) == list(range(23))
    assert [stored[number].text for number in range(5)] == real(5).texts
    assert Posting.objects.values("chunk").distinct().count() == 23
    for question, nearest in zip(made.questions, made.exact(4), strict=True):
        near = {number: chunk.embedding @ question.vector for number, chunk in stored.items()}
        assert list(nearest) == sorted(near, key=near.__getitem__, reverse=True)[:4]
