"""From when and until when an article answers, as editors set and see it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article
from tests.knowledge.test_admin_articles import LIST, change, make
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)


def test_times_are_set_shown_and_taken_away():
    """Red when the draft leaves the times out."""
    article = make()
    ed = browser("ed")
    sent = {"valid_from": "2026-12-01T08:00", "valid_until": "2026-12-24T18:30"}
    assert change(ed, article, **sent).status_code == 302
    article.refresh_from_db()
    assert article.valid_from == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    assert article.valid_until == datetime(2026, 12, 24, 18, 30, tzinfo=UTC)
    html = ed.get(f"{LIST}{article.pk}/change/").content.decode()
    assert 'value="2026-12-24T18:30:00"' in html
    assert 'type="datetime-local"' in html
    change(ed, article)
    article.refresh_from_db()
    assert (article.valid_from, article.valid_until, article.version) == (None, None, 1)


def test_a_time_that_nobody_touched_keeps_its_fraction():
    """Red when the times are taken over whether they were changed or not."""
    end = FUTURE.replace(microsecond=123456)
    article = make(valid_until=end)
    change(browser("ed"), article, title="Other", valid_until=f"{end:%Y-%m-%dT%H:%M:%S}")
    article.refresh_from_db()
    assert (article.title, article.valid_until) == ("Other", end)


@pytest.mark.parametrize("end", ["2026-12-01T08:00", "2026-11-30T08:00", "soon"])
def test_an_end_that_is_no_end_is_refused_at_its_field(end):
    """Red when the form does not compare the times."""
    article = make()
    refused = change(browser("ed"), article, valid_from="2026-12-01T08:00", valid_until=end)
    assert list(refused.context["adminform"].form.errors) == ["valid_until"]
    assert Article.objects.get().valid_from is None


@pytest.mark.parametrize(
    ("times", "label"),
    [
        ({"valid_from": FUTURE}, "Scheduled"),
        ({"valid_until": PAST}, "Expired"),
        ({"valid_from": PAST, "valid_until": FUTURE}, "Limited"),
        ({"valid_from": PAST}, None),
        ({}, None),
    ],
)
def test_the_list_and_the_article_say_whose_time_it_is_not(times, label):
    """Red when what ends later is what is over."""
    article = make(**times)
    for page in (LIST, f"{LIST}{article.pk}/change/"):
        html = browser("ed").get(page).content.decode()
        for each in ("Scheduled", "Expired", "Limited"):
            assert (f">{each}</span>" in html) is (each == label)


def test_the_list_filters_by_time():
    """Red when an article without an end is left out of what answers now."""
    make("Ever")
    make("Soon", valid_from=FUTURE)
    made = make("Past", valid_from=PAST - timedelta(days=1))
    ingestion.save(Draft(valid_until=PAST), made)
    for value, title in (("now", "Ever"), ("scheduled", "Soon"), ("expired", "Past")):
        shown = browser("ed").get(LIST, {"time": value}).context["cl"].result_list
        assert [article.title for article in shown] == [title]
