"""What is visible when a reply is written stays so until its commit: whoever would archive or edit it waits."""

import threading
import time

import pytest
from django.db import connection, transaction

from knowledge import ingestion, retrieval
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article
from tests.knowledge.publishing import save

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 10.0


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "draft",
    [Draft(status="archived"), Draft(body="Something else."), Draft(audience="identified")],
    ids=["archived", "edited", "hidden"],
)
def test_a_change_waits_for_the_commit(draft):
    """Red when _LOCK_VISIBLE does not lock (no FOR SHARE)."""
    article = save("Refunds", "Money back.")
    chunk = article.chunks.get().id
    done = threading.Event()

    def change() -> None:
        try:
            ingestion.save(draft, article)
            done.set()
        finally:
            connection.close()

    thread = threading.Thread(target=change)
    with transaction.atomic():
        assert retrieval.lock_visible([chunk], Audience()) == {chunk: 1}
        thread.start()
        deadline = time.monotonic() + PATIENCE
        while not waits_for_a_lock():
            assert not done.is_set(), "the change did not wait"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert Article.objects.values_list("status", "audience", "version").get() == ("published", "everyone", 1)
    thread.join(PATIENCE)
    assert done.is_set()
    with transaction.atomic():
        assert retrieval.lock_visible([chunk], Audience()) == {}


def test_two_replies_may_cite_the_same_at_once():
    article = save("Refunds", "Money back.")
    chunk = article.chunks.get().id
    got: list[dict] = []

    def cite() -> None:
        try:
            with transaction.atomic():
                got.append(retrieval.lock_visible([chunk], Audience()))
        finally:
            connection.close()

    with transaction.atomic():
        retrieval.lock_visible([chunk], Audience())
        thread = threading.Thread(target=cite)
        thread.start()
        thread.join(PATIENCE)
    assert got == [{chunk: 1}]


def test_an_archive_that_goes_first_wins():
    """Red when the rows are not looked at anew after the wait."""
    article = save("Refunds", "Money back.")
    chunk = article.chunks.get().id
    got: list[dict] = []

    def cite() -> None:
        try:
            with transaction.atomic():
                got.append(retrieval.lock_visible([chunk], Audience()))
        finally:
            connection.close()

    thread = threading.Thread(target=cite)
    with transaction.atomic():
        Article.objects.filter(pk=article.pk).update(status="archived")
        thread.start()
        deadline = time.monotonic() + PATIENCE
        while not waits_for_a_lock():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    thread.join(PATIENCE)
    assert got == [{}]
