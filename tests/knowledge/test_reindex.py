"""Rebuilding the index: with the same model, with another one, and what stays as it is."""

import numpy as np
import pytest
from django.db import connection

from knowledge import embeddings, index, ingestion, pins, retrieval
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk, IndexRecord, Posting, Reindex
from knowledge.reindex import work
from tests.knowledge.publishing import chunks, publish, save
from tests.knowledge.reindexing import DIMENSIONS, contents, litter, structure

pytestmark = pytest.mark.usefixtures("index")

BODY = "## Refunds\n\nMoney comes back within 14 days.\n\n## Shipping\n\nParcels leave every morning.\n"
LONG = " ".join(f"Printer number {n} stands in room {n} and takes paper of size A{n}." for n in range(40))


def found(question: str) -> set[str]:
    return {passage.text for passage in retrieval.search(question, Audience()).passages}


def test_the_same_model_gives_the_same_index():
    """Red when `_keep_ids` does nothing, or `_embed` leaves out a vector."""
    for number in range(12):
        publish(f"Help {number}", BODY)
    before = contents()
    ended = work.run()
    after = contents()
    assert [row[:4] for row in after] == [row[:4] for row in before]
    assert all(np.allclose(new[4], old[4], atol=1e-5) for new, old in zip(after, before, strict=True))
    assert (ended.state, ended.result["articles"], ended.result["chunks"]) == ("done", 12, 24)
    assert (ended.result["sample"], ended.result["found"], ended.result["recall"]) == (24, 1.0, 1.0)
    assert not litter()


def test_what_was_wrong_with_the_index_is_right_again():
    """Red when anything of the old index is taken over."""
    article = publish("Help", BODY)
    right = contents()
    first, second = chunks(article).values()
    Chunk.objects.filter(pk=first.pk).update(embedding=second.embedding, length=99)
    Posting.objects.filter(chunk=second).delete()
    work.run()
    assert all(np.allclose(new[4], old[4], atol=1e-5) for new, old in zip(contents(), right, strict=True))
    assert Posting.objects.filter(chunk=second.pk, lexeme="parcel").exists()
    assert Chunk.objects.get(pk=first.pk).length < 99


def test_the_structure_stays():
    """Red when an index, a key or a check is not made again, under its name, or a key is not validated."""
    publish("Help", BODY)
    before = structure()
    work.run()
    assert structure() == before
    work.run()
    assert structure() == before


def test_another_model_with_other_dimensions(tiny, settings):
    """Red when `find` does not compare models: PostgreSQL then refuses vectors of other dimensions."""
    article = publish("Printers", LONG)
    old = {chunk.pk for chunk in article.chunks.all()}
    assert found("printer")
    settings.EMBEDDING_MODEL = str(tiny)
    assert found("printer")  # with the index's model still, whatever is configured
    assert work.run().state == "done"
    assert IndexRecord.objects.get().dimensions == DIMENSIONS
    assert {len(chunk.embedding) for chunk in article.chunks.all()} == {DIMENSIONS}
    assert article.chunks.count() > 2 * len(old)  # as it reads less
    assert found("printer")
    assert embeddings.in_use().name == str(tiny)
    publish("Desks", "A desk has four legs.")
    assert "A desk has four legs." in found("how many legs has a desk")


def test_vectors_of_the_old_model_stay_out_of_the_new_index(tiny, settings):
    """Red when `_write` does not look at the model."""
    old = embeddings.in_use()
    encoded = embeddings.backend(old).encode("Help")
    settings.EMBEDDING_MODEL = str(tiny)
    work.run()
    chunk = save("Help", "Text.").chunks.get()
    assert index._write(chunk, encoded, old) == 0


def test_articles_that_are_not_published_stay_out_and_pins_stay_in():
    article = publish("Help", BODY)
    pins.pin(chunks(article)["Parcels leave every morning."].pk, "Parcels leave at nine.")
    ingestion.embed(article.pk)
    hidden = publish("Draft", "Nobody sees this text.")
    ingestion.save(Draft(status="archived"), hidden)
    work.run()
    assert set(chunks(article)) == {"Money comes back within 14 days.", "Parcels leave at nine."}
    assert not hidden.chunks.exists()


def test_what_waited_for_its_vectors_is_found():
    """Red when `settle` does not look at articles that wait."""
    article = save("Help", BODY)
    work.run()
    article.refresh_from_db()
    assert article.index_state == "indexed"
    assert found("when does money come back")


def test_what_was_given_up_is_not_tried():
    """Red when `_embed` embeds whatever there is: it may kill whoever tries."""
    article = save("Help", BODY)
    Article.objects.filter(pk=article.pk).update(index_state="failed", index_attempts=ingestion.MAX_ATTEMPTS)
    publish("Other", "Another text.")
    assert work.run().result["set_aside"] == 1
    assert article.chunks.filter(embedding=None).count() == 2


def test_an_empty_index_is_rebuilt(tiny, settings):
    settings.EMBEDDING_MODEL = str(tiny)
    assert work.run().result == {"articles": 0, "chunks": 0, "sample": 0, "set_aside": 0}
    publish("Desks", "A desk has four legs.")
    assert found("desk")


@pytest.mark.parametrize("name", ["/nowhere", "nonsense"])
def test_a_model_that_is_none(settings, name):
    """The live index is untouched, and says of whom it is."""
    publish("Help", BODY)
    before = contents()
    settings.EMBEDDING_MODEL = name
    with pytest.raises(work.Failed, match="name a folder"):
        work.run()
    assert contents() == before
    assert Reindex.objects.get().state == "failed"
    assert not litter()


def test_statistics_belong_to_the_index(monkeypatch):
    """Red when `_index` does not count."""
    from knowledge import statistics

    monkeypatch.setattr(statistics, "COUNTED", 3)
    publish("Printers", "\n\n".join(f"# Part {n}\n\nThe printer of room {n} takes paper." for n in range(6)))
    work.run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT chunks FROM knowledge_collection")
        assert cursor.fetchall() == [(6,)]
