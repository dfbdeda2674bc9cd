"""What did not change keeps its row and its vector; what changed is gone at the commit and back once embedded."""

import numpy as np
import pytest
from django.db import connection

from knowledge import index, ingestion, retrieval
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk, Posting
from tests.knowledge.publishing import chunks, publish, save

pytestmark = pytest.mark.django_db

BODY = "# Refunds\n\nMoney back within 14 days.\n\n# Shipping\n\nParcels leave every morning.\n"
EDITED = BODY.replace("14 days", "30 days")


def found(question: str) -> list[str]:
    return [passage.text for passage in retrieval.search(question, Audience()).passages]


def test_unchanged_chunks_keep_their_row_and_vector():
    """Red when `rebuild_chunks` finds nothing in `existing`."""
    article = publish("Help", BODY)
    before = chunks(article)["Parcels leave every morning."]
    after = chunks(save("Help", EDITED, article))["Parcels leave every morning."]
    assert after.id == before.id
    assert np.array_equal(after.embedding, before.embedding)


def test_unchanged_chunks_answer_all_the_time():
    article = publish("Help", BODY)
    save("Help", EDITED, article)
    assert found("when do parcels leave") == ["Parcels leave every morning."]


def test_changed_chunks_are_gone_at_once_and_back_once_embedded():
    """Red when `rebuild_chunks` deletes nothing, or a chunk without a vector is found."""
    article = publish("Help", BODY)
    save("Help", EDITED, article)
    texts = found("how many days until I get my money back")
    assert "Money back within 14 days." not in texts
    assert "Money back within 30 days." not in texts
    ingestion.embed(article.pk)
    assert found("how many days until I get my money back")[0] == "Money back within 30 days."


def test_chunks_move_without_being_embedded_anew():
    article = publish("Help", BODY)
    ids = {chunk.id for chunk in chunks(article).values()}
    first, second = BODY.split("# Shipping")
    save("Help", f"# Shipping{second}\n{first}", article)
    assert list(chunks(article)) == ["Parcels leave every morning.", "Money back within 14 days."]
    assert {chunk.id for chunk in chunks(article).values()} == ids
    assert index.articles_to_embed() == []


def test_the_same_text_twice_is_two_chunks():
    twice = "# A\n\nSame.\n\n# B\n\nOther.\n\n# A\n\nSame.\n"
    article = publish("Help", twice)
    ids = {chunk.id for chunk in article.chunks.all()}
    assert len(ids) == 3
    save("Help", twice.replace("Other.", "Changed."), article)
    assert len(ids & {chunk.id for chunk in article.chunks.all()}) == 2


@pytest.mark.parametrize("status", ["archived", "draft"])
def test_an_article_that_is_withdrawn_is_gone_at_once(status):
    """Red when `_reindex` leaves the chunks of an article that is not published."""
    article = publish("Help", BODY)
    ingestion.save(Draft(status=status), article)
    assert found("when do parcels leave") == []
    assert not Chunk.objects.exists()
    assert not Posting.objects.exists()


def test_an_article_that_is_published_again_comes_back():
    article = publish("Help", BODY)
    ingestion.save(Draft(status="archived"), article)
    ingestion.save(Draft(status="published"), article)
    ingestion.embed(article.pk)
    assert found("when do parcels leave")[0] == "Parcels leave every morning."


def test_a_new_title_changes_every_chunk():
    """The title is part of what is embedded. Red when `retitled` is ignored."""
    article = publish("Help", BODY)
    before = {chunk.id: chunk.embedding for chunk in article.chunks.all()}
    save("Parcels", BODY, article)
    assert not set(before) & {chunk.id for chunk in article.chunks.all()}
    assert article.chunks.filter(embedding=None).count() == 2
    ingestion.embed(article.pk)
    assert all(not any(np.array_equal(c.embedding, old) for old in before.values()) for c in article.chunks.all())
    assert Posting.objects.filter(lexeme="help").count() == 0


def test_an_address_changes_no_chunk():
    article = publish("Help", BODY)
    ids = {chunk.id for chunk in article.chunks.all()}
    ingestion.save(Draft(url="https://example.com/help"), article)
    assert {chunk.id for chunk in article.chunks.all()} == ids
    assert retrieval.search("when do parcels leave", Audience()).passages[0].url == "https://example.com/help"


def test_postings_say_what_the_chunks_say():
    publish("Help", BODY)
    save("Help", EDITED, Article.objects.get())
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, array_agg(DISTINCT l.lexeme ORDER BY l.lexeme) FROM knowledge_chunk c
            JOIN knowledge_article a ON a.id = c.article_id
            CROSS JOIN LATERAL unnest(to_tsvector('english', a.title || ' ' || c.heading || ' ' || c.text)) l
            GROUP BY c.id"""
        )
        expected = dict(cursor.fetchall())
    for chunk in Chunk.objects.all():
        postings = chunk.postings.order_by("lexeme").values_list("lexeme", "frequency")
        assert sorted(lexeme for lexeme, _ in postings) == sorted(expected[chunk.id])
        assert chunk.length == -(-sum(frequency for _, frequency in postings) // 1)


def test_words_of_the_heading_weigh_more():
    article = publish("Help", "# Refunds\n\nMoney back, quick money.\n")
    frequencies = dict(Posting.objects.filter(chunk__article=article).values_list("lexeme", "frequency"))
    assert frequencies["refund"] == 2.0
    assert frequencies["money"] == 2.0
    assert frequencies["quick"] == 1.0


def test_embedding_twice_writes_once():
    article = save("Help", BODY)
    assert index.embed_pending(article.pk) == 2
    vectors = {chunk.id: chunk.embedding for chunk in article.chunks.all()}
    assert index.embed_pending(article.pk) == 0
    assert all(np.array_equal(chunk.embedding, vectors[chunk.id]) for chunk in article.chunks.all())


def test_embedding_that_died_goes_on_where_it_was():
    """Killed at any chunk, the result is that of an undisturbed run."""
    article = publish("Help", BODY)
    whole = {chunk.id: chunk.embedding for chunk in article.chunks.all()}
    lost = article.chunks.order_by("position").last()
    assert lost is not None
    Chunk.objects.filter(id=lost.id).update(embedding=None, words=None)
    assert index.articles_to_embed() == [article.pk]
    assert index.embed_pending(article.pk) == 1
    assert all(np.allclose(chunk.embedding, whole[chunk.id], atol=1e-5) for chunk in article.chunks.all())


def test_batches_cover_everything():
    article = save("Help", "\n\n".join(f"# Part {n}\n\nText {n}." for n in range(7)))
    assert index.embed_pending(article.pk, batch=3) == 7
    assert not article.chunks.filter(embedding=None).exists()


def test_title_and_headings_are_embedded_with_the_text():
    article = save("Help", "# Refunds\n\nMoney back.")
    chunk = Chunk.objects.select_related("article").get(article=article)
    assert index.embedded_text(chunk) == "Help\nRefunds\nMoney back."


def test_articles_that_wait_are_published_ones():
    waiting = save("A", BODY)
    publish("B", BODY)
    save("C", BODY, status="draft")
    assert index.articles_to_embed() == [waiting.pk]
