"""Embedding many articles at once: full batches, the same vectors, one bad article harms no other."""

import numpy as np
import pytest

from knowledge import bulk, embeddings, index, interaction
from knowledge.models import Article, Chunk
from tests.faults.test_ingest_killed import state
from tests.knowledge.publishing import publish, save

pytestmark = pytest.mark.django_db


def articles(count: int, prefix: str = "Number") -> list[Article]:
    return [save(f"{prefix} {n}", f"Article {n} says what {n} times {n} is: {n * n}.") for n in range(count)]


def settled() -> set[tuple[str, int]]:
    return set(Article.objects.values_list("index_state", "index_attempts"))


def test_batches_are_full_whatever_the_articles_are(monkeypatch):
    """Red when each article is embedded by itself."""
    sizes = []
    encode = embeddings.EmbeddingBackend._encode

    def counted(self, model, batch):
        sizes.append(len(batch))
        encode(self, model, batch)

    made = articles(2 * embeddings.BATCH)
    embeddings.backend().encode("warm")
    monkeypatch.setattr(embeddings.EmbeddingBackend, "_encode", counted)
    told: list[int] = []
    bulk.embed((article.pk for article in made), told.append)
    assert sum(sizes) == sum(told) == 2 * embeddings.BATCH
    assert len(sizes) <= 4
    assert settled() == {("indexed", 0)}


def test_the_vectors_are_those_that_each_would_get_alone():
    """Red when vectors are stored in another order than their passages."""
    alone = publish("Refunds", "Money comes back within 14 days.")
    together = save("Refunds", "Money comes back within 14 days.")
    bulk.embed([*(article.pk for article in articles(5)), together.pk])
    one, other = alone.chunks.get(), together.chunks.get()
    assert np.dot(one.embedding, other.embedding) > 0.9999
    words = [np.frombuffer(bytes(chunk.words or b""), np.uint8) for chunk in (one, other)]
    assert np.unpackbits(words[0] ^ words[1]).mean() < 0.001


def test_a_death_between_two_groups_keeps_what_was_stored(monkeypatch):
    """Red when what a killed run wrote is thrown away, or is taken for all of it."""
    monkeypatch.setattr(bulk, "GROUP", 4)
    made = articles(10)
    pack, packed = interaction.pack, []

    def dies(words):
        packed.append(words)
        if len(packed) == 6:
            raise SystemExit("killed")
        return pack(words)

    monkeypatch.setattr(interaction, "pack", dies)
    with pytest.raises(SystemExit):
        bulk.embed(article.pk for article in made)
    assert Chunk.objects.exclude(embedding=None).count() == 4
    bulk.embed(article.pk for article in made)
    assert settled() == {("indexed", 0)}
    assert all(len(state(article)) == 1 for article in made)


def test_one_that_kills_its_worker_is_set_aside_and_the_others_proceed(monkeypatch):
    """Red when an article that was tried before shares a group."""
    poison, *fine = [save("Poison", "Dies."), *articles(3)]
    text = index.embedded_text

    def poisoned(chunk):
        if chunk.article_id == poison.pk:
            raise SystemExit("killed")
        return text(chunk)

    monkeypatch.setattr(index, "embedded_text", poisoned)
    for _ in range(3):
        with pytest.raises(SystemExit):
            bulk.embed([article.pk for article in [*fine, poison]])
    bulk.embed([article.pk for article in [*fine, poison]])
    poison.refresh_from_db()
    assert poison.index_state == "failed"
    assert set(Article.objects.exclude(pk=poison.pk).values_list("index_state", flat=True)) == {"indexed"}


def test_what_is_gone_or_withdrawn_meanwhile_is_left_out():
    one, two = articles(2)
    one.delete()
    save("Number 1", "Text.", two, status="archived")
    bulk.embed([one.pk, two.pk])
    assert not Chunk.objects.exists()
