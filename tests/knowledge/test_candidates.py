"""How the statement is run, and that it reads what it should from an index of any size."""

import numpy as np
import pytest
from django.db import connection

from knowledge import candidates, retrieval
from knowledge.audience import EVERYTHING, Audience
from knowledge.embeddings import backend
from knowledge.evaluation import scratch
from knowledge.models import Article, Chunk, Posting
from tests.knowledge.publishing import publish

pytestmark = pytest.mark.django_db

SIZE = 1500


def analyse():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE knowledge_article; ANALYZE knowledge_chunk; ANALYZE knowledge_posting")


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Many articles for the tag `crowd`, all about paper, and an analysed index; made once for the tests of this file."""
    with django_db_blocker.unblock():
        yield crowd()
        Article.objects.filter(title="Filler").delete()
        analyse()
        connection.close()


def crowd():
    rng = np.random.default_rng(1)
    articles = [Article(title="Filler", status="published", version=1, tags=["crowd"]) for _ in range(SIZE)]
    Article.objects.bulk_create(articles)
    noise = rng.standard_normal((SIZE, 384)).astype(np.float32)
    vectors = backend().encode("paper").vector + noise / 40
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chunks = [
        Chunk(article=article, position=0, text="paper", embedding=vector, words=b"\0" * 48, length=1)
        for article, vector in zip(articles, vectors, strict=True)
    ]
    Chunk.objects.bulk_create(chunks)
    Posting.objects.bulk_create(
        Posting(lexeme="paper", chunk=chunk, article_id=chunk.article_id, frequency=1, impact=0.6) for chunk in chunks
    )
    analyse()
    return vectors


def plan(audience: Audience, vector) -> str:
    """How PostgreSQL goes about it."""
    with connection.cursor() as cursor:
        cursor.execute(candidates._SETTINGS)
        parameters = audience.parameters() | {"question": "paper", "vector": candidates._literal(vector)}
        cursor.execute("EXPLAIN " + candidates._SEARCH, parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("audience", [Audience(), Audience(tags=("crowd",)), EVERYTHING])
def test_nothing_is_read_as_a_whole(many, audience):
    """Red when visibility is a join: the planner then reads all articles first."""
    text = plan(audience, many[0])
    assert "chunk_embedding_hnsw" in text
    assert "posting_by_impact" in text
    assert "posting_by_article" in text
    for table in ("article a", "chunk c"):
        assert f"Seq Scan on knowledge_{table}" not in text


@pytest.mark.parametrize(("limit", "smaller"), [("least(2000, ", "least(1, "), (", 24000 /", ", 1 /")])
def test_of_a_common_lexeme_only_the_strongest_postings_are_read(many, monkeypatch, limit, smaller):
    """Red when the LIMIT or the order of `strongest` goes: then others of the many are among the candidates too."""
    assert limit in candidates._SEARCH
    strongest = publish("Paper", "Paper, paper, paper!")
    monkeypatch.setattr(candidates, "_SEARCH", candidates._SEARCH.replace(limit, smaller))
    passages = retrieval.search("paper", EVERYTHING, 50).passages
    assert strongest.pk in {p.article_id for p in passages}
    assert len(passages) <= candidates.CANDIDATES + 1


def test_few_visible_among_many_are_found(many):
    """Red without iterative scans, and when lexical candidates are cut before it is asked who may see them."""
    few = [publish(f"Ink {n}", "Cartridges of ink last for a year.") for n in range(3)]
    found = {p.article_id for p in retrieval.search("paper", Audience(), 50).passages}
    assert found == {article.pk for article in few}
    found = {p.article_id for p in retrieval.search("paper ink", Audience(), 50).passages}
    assert found == {article.pk for article in few}


def test_the_statement_is_prepared_once(many):
    """Red when Django's own cursor is used, or the settings leave out the plan's mode."""
    publish("Paper", "Paper comes from wood.")
    for question in ("paper", "wood", "what is paper made of"):
        retrieval.search(question, Audience())
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%dense%'")
        ((generic, custom),) = cursor.fetchall()
    assert generic >= 3
    assert custom == 0


def test_a_scratch_knowledge_base_is_searched_though_the_statement_was_prepared():
    """Red without the ALTER, the second time: the first time the connection's search path changes anyway."""
    publish("Real", "Ink comes from oaks.")
    for _ in range(2):
        assert retrieval.search("ink", EVERYTHING).passages
        with scratch.knowledge_base():
            assert not retrieval.search("ink", EVERYTHING).passages
