"""Articles answer from and until the times they name, by the database's clock, at the query and at the commit."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge import ingestion, retrieval
from knowledge.api import queries
from knowledge.audience import EVERYTHING, Audience
from knowledge.ingestion import Draft, EndsBeforeItBegins
from knowledge.models import Article
from tests.knowledge.publishing import publish

pytestmark = pytest.mark.django_db

PAST, FUTURE = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
TIMES = [
    ({}, True),
    ({"valid_from": PAST}, True),
    ({"valid_from": FUTURE}, False),
    ({"valid_until": FUTURE}, True),
    ({"valid_until": PAST}, False),
    ({"valid_from": PAST, "valid_until": FUTURE}, True),
]


def offer(**times):
    return publish("Winter offer", "Boots cost half until spring.", **times)


@pytest.mark.parametrize(("times", "answers"), TIMES)
@pytest.mark.parametrize("audience", [Audience(), EVERYTHING])
def test_a_search_finds_what_is_valid_now(times, answers, audience):
    """Red when either bound is left out of VISIBLE."""
    offer(**times)
    assert bool(retrieval.search("what do boots cost", audience).passages) is answers


@pytest.mark.parametrize(("times", "answers"), TIMES)
def test_a_reply_cites_what_is_valid_at_its_commit(times, answers):
    article = offer(**times)
    chunk = article.chunks.get()
    assert bool(retrieval.lock_visible([chunk.pk], Audience())) is answers


@pytest.mark.parametrize(("times", "answers"), TIMES)
def test_a_limited_integration_reads_what_is_valid_now(times, answers):
    offer(**times)
    assert queries.visible(Audience()).exists() is answers
    assert queries.visible(EVERYTHING).exists()


def test_what_ends_in_a_running_transaction_has_ended():
    """Red when the clock is that of the transaction's beginning."""
    article = offer()
    Article.objects.filter(pk=article.pk).update(valid_until=timezone.now())
    assert retrieval.lock_visible([article.chunks.get().pk], Audience()) == {}


def test_times_are_set_kept_and_taken_away():
    article = offer(valid_until=FUTURE)
    ingestion.save(Draft(title="Offer"), article)
    article.refresh_from_db()
    assert article.valid_until == FUTURE
    _, changed = ingestion.save(Draft(valid_until=None), article)
    article.refresh_from_db()
    assert (changed, article.valid_until) == (True, None)
    assert not ingestion.save(Draft(valid_until=None), article)[1]


def test_what_ends_before_it_begins_is_refused():
    article = offer(valid_from=PAST)
    with pytest.raises(EndsBeforeItBegins):
        ingestion.save(Draft(valid_until=PAST), article)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=article.pk).update(valid_until=PAST)
