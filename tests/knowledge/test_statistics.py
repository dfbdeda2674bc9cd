"""What is counted beforehand changes nothing about what a search says, and is kept in step."""

from contextlib import closing

import pytest
from django.db import connection

from knowledge import retrieval, statistics
from knowledge.audience import Audience
from knowledge.models import Collection, Lexeme, Posting
from tests.knowledge.publishing import publish

pytestmark = pytest.mark.django_db

BODY = "\n\n".join(f"# Part {n}\n\nThe printer of room {n} takes paper." for n in range(6))


@pytest.fixture
def counting_from_three(monkeypatch):
    monkeypatch.setattr(statistics, "COUNTED", 3)


def said() -> list:
    passages = retrieval.search("which printer takes paper in room 4", Audience()).passages
    return [(pytest.approx(p.lexical), pytest.approx(p.coverage)) for p in passages]


def postings() -> set[tuple]:
    rows = Posting.objects.values_list("lexeme", "chunk_id", "article_id", "impact")
    return {(*key, round(impact or 0, 9)) for *key, impact in rows}


def test_a_small_index_has_no_counts():
    """Red when `refresh` counts whatever there is."""
    publish("Printers", BODY)
    assert not statistics.refresh()
    assert not Collection.objects.exists()


def test_counts(counting_from_three):
    publish("Printers", BODY)
    assert statistics.refresh()
    collection = Collection.objects.get()
    lengths = list(Posting.objects.values_list("chunk__length", flat=True).distinct())
    assert (collection.chunks, collection.chunk_length) == (6, lengths[0])
    assert collection.article_length == 6 * lengths[0]
    assert dict(Lexeme.objects.values_list("lexeme", "chunks"))["paper"] == 6
    assert not Lexeme.objects.filter(lexeme="4").exists()


def test_a_search_says_the_same_with_counts_and_without(counting_from_three):
    """Red when `collection` leaves out a mean length, or counts what is in knowledge_collection twice."""
    publish("Printers", BODY)
    before = said()
    statistics.refresh()
    assert said() == before


def test_counts_are_used(counting_from_three):
    """Red when a search still counts everything itself."""
    publish("Printers", BODY)
    before = said()
    statistics.refresh()
    Collection.objects.update(chunks=6000)
    assert said() != before


def test_little_change_is_not_counted(counting_from_three):
    """Red when _CHANGED is not looked at."""
    publish("Printers", BODY)
    statistics.refresh()
    counted = Collection.objects.get().counted_at
    assert not statistics.refresh()
    assert Collection.objects.get().counted_at == counted
    publish("Desks", "A desk has four legs.")
    assert statistics.refresh()
    assert Collection.objects.get().chunks == 7


def test_an_index_that_has_become_small_loses_its_counts(counting_from_three):
    article = publish("Printers", BODY)
    statistics.refresh()
    article.delete()
    assert statistics.refresh()
    assert not Collection.objects.exists()
    assert not Lexeme.objects.exists()


def test_what_a_process_of_before_wrote_is_completed():
    """Red when `refresh` does not run _COMPLETE."""
    publish("Printers", BODY)
    whole = postings()
    Posting.objects.update(article_id=None, impact=None)
    statistics.refresh()
    assert postings() == whole
    assert all(0 < impact < 1 for *_, impact in whole)


@pytest.mark.django_db(transaction=True)
def test_who_comes_while_another_counts_goes_away(counting_from_three):
    """Red without the lock: the second would wait for the first, and count again."""
    publish("Printers", BODY)
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('knowledge.statistics'))")
        assert not statistics.refresh()
        # A server notices the end of a connection in its own time.
        other.rollback()
    assert statistics.refresh()
