"""Saving articles: nothing for the same content, a version for each other one, and no save is ever lost."""

import pytest
from django.contrib.auth import get_user_model

from knowledge import ingestion, tasks
from knowledge.ingestion import MAX_ATTEMPTS, Draft, Outcome, Taken
from knowledge.models import Article, ArticleVersion, Chunk
from tests.knowledge.publishing import publish, save

pytestmark = pytest.mark.django_db

BODY = "Money back within 14 days."
State = Article.IndexState


def test_the_same_content_is_a_no_op():
    """Red when `save` does not compare hashes."""
    article = publish("Refunds", BODY)
    before = Article.objects.values().get()
    _, changed = ingestion.save(Draft(title="Refunds", body=BODY, status="published"), article)
    assert not changed
    assert Article.objects.values().get() == before
    assert ArticleVersion.objects.count() == 1


def test_each_other_text_is_a_version():
    author = get_user_model().objects.create(username="ed")
    article = publish("Refunds", BODY)
    ingestion.save(Draft(body="Money back within 30 days.", author=author), article)
    article.refresh_from_db()
    assert article.version == 2
    new, old = article.versions.all()
    assert (new.number, new.body, new.author) == (2, "Money back within 30 days.", author)
    assert (old.number, old.body, old.title) == (1, BODY, "Refunds")


def test_what_a_draft_leaves_out_stays():
    article = publish("Refunds", BODY, tags=["a"], url="https://example.com/r", external_id="r")
    ingestion.save(Draft(audience="identified"), article)
    article.refresh_from_db()
    assert (article.title, article.tags, article.url, article.external_id) == (
        "Refunds",
        ["a"],
        "https://example.com/r",
        "r",
    )
    assert article.version == 1


def test_only_the_published_are_indexed():
    article = save("Refunds", BODY, status="draft")
    assert not article.chunks.exists()
    assert article.index_state == State.PENDING


def test_an_article_without_text_is_indexed_at_once():
    assert save("Refunds", "").index_state == State.INDEXED


def test_embedding_makes_it_indexed():
    article = save("Refunds", BODY)
    assert article.index_state == State.PENDING
    ingestion.embed(article.pk)
    article.refresh_from_db()
    assert (article.index_state, article.index_attempts) == (State.INDEXED, 0)


def dies(*_: object, **__: object) -> int:
    raise SystemExit("killed")


def test_an_article_that_kills_its_worker_is_set_aside_after_three_tries(monkeypatch):
    """Red when the try is counted after the work."""
    article = save("Refunds", BODY)
    monkeypatch.setattr("knowledge.index.embed_pending", dies)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(SystemExit):
            ingestion.embed(article.pk)
        article.refresh_from_db()
        assert (article.index_state, article.index_attempts) == (State.PENDING, attempt)
    ingestion.embed(article.pk)
    article.refresh_from_db()
    assert article.index_state == State.FAILED
    assert "3 times" in article.index_error


def test_the_others_proceed(monkeypatch):
    poison, fine = save("Poison", BODY), save("Fine", BODY)
    Article.objects.filter(pk=poison.pk).update(index_attempts=MAX_ATTEMPTS)
    tasks.sweep()
    poison.refresh_from_db()
    fine.refresh_from_db()
    assert (poison.index_state, fine.index_state) == (State.FAILED, State.INDEXED)


def test_an_edit_gives_a_failed_article_another_chance():
    article = save("Refunds", BODY)
    Article.objects.filter(pk=article.pk).update(index_attempts=MAX_ATTEMPTS)
    ingestion.embed(article.pk)
    save("Refunds", "Money back within 30 days.", article)
    ingestion.embed(article.pk)
    article.refresh_from_db()
    assert (article.index_state, article.index_error) == (State.INDEXED, "")


def test_the_sweeper_finds_what_a_lost_task_left():
    article = save("Refunds", BODY)
    tasks.sweep()
    article.refresh_from_db()
    assert article.index_state == State.INDEXED


def test_a_task_for_an_article_that_is_gone_does_nothing():
    article = save("Refunds", BODY)
    pk = article.pk
    ingestion.delete(pk)
    tasks.embed_article(str(pk))
    assert not Chunk.objects.exists()


def test_a_task_is_sent_only_after_the_commit(django_capture_on_commit_callbacks, monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr(tasks.embed_article, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        article = save("Refunds", BODY)
        assert sent == []
    assert sent == [str(article.pk)]


def test_a_broker_that_is_away_does_not_lose_the_save(django_capture_on_commit_callbacks, monkeypatch, unused_tcp_port):
    """Red when `schedule` lets the broker's error out."""
    from config.celery import app

    refused: list[Exception] = []
    real = tasks.embed_article.apply_async

    def to_nowhere(*args, **kwargs):
        with app.connection(f"redis://127.0.0.1:{unused_tcp_port}/0") as connection:
            try:
                return real(*args, **kwargs, connection=connection, retry=False)
            except Exception as error:
                refused.append(error)
                raise

    monkeypatch.setattr(tasks.embed_article, "apply_async", to_nowhere)
    with django_capture_on_commit_callbacks(execute=True):
        article = save("Refunds", BODY)
    assert len(refused) == 1
    article.refresh_from_db()
    assert article.index_state == State.PENDING
    monkeypatch.undo()
    tasks.sweep()
    article.refresh_from_db()
    assert article.index_state == State.INDEXED


def test_an_upsert_says_what_it_did():
    def upsert(body: str) -> Outcome:
        return ingestion.upsert(Draft(title="R", body=body, status="published", external_id="r"))[1]

    assert [upsert("one"), upsert("one"), upsert("two")] == [Outcome.CREATED, Outcome.UNCHANGED, Outcome.UPDATED]
    assert Article.objects.count() == 1


def test_an_external_id_is_one_articles():
    publish("A", BODY, external_id="r")
    with pytest.raises(Taken):
        save("B", BODY, external_id="r")
    other = save("B", BODY)
    with pytest.raises(Taken):
        ingestion.save(Draft(external_id="r"), other)
    other.refresh_from_db()
    assert other.external_id is None
    assert Article.objects.count() == 2
