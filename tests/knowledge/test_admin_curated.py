"""Editors' work on curated answers: write, see how often they are given, try what a text would get."""

import pytest
from django.test import Client
from django.utils import timezone

from knowledge.audience import Audience
from knowledge.curated import giving, limits, writing
from knowledge.curated.models import CuratedAnswer
from sessions_app.models import Inbox
from tests.knowledge.curating import PRICES, outage, prices
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

LIST = "/admin/knowledge/curatedanswer/"
TRY = f"{LIST}try/"


def form(answer=None, /, **changes):
    """What the browser sends."""
    fields = {
        "question": answer.question if answer else "What does it cost?",
        "phrasings": "\r\n".join(answer.phrasings.exclude(position=0).values_list("text", flat=True)) if answer else "",
        "answer": answer.answer if answer else "12 €\r\n\r\nper month",
        "seen_revision": answer.revision if answer else "",
        "enabled": "on",
        "audience": "everyone",
        "tags": "",
    }
    return fields | changes


def test_a_new_answer_answers_at_once():
    sent = form(phrasings=" prices \r\n\r\nPrices\r\nHow  much is it?\r\n", tags="acme, beta")
    assert browser("ed").post(f"{LIST}add/", sent).status_code == 302
    answer = CuratedAnswer.objects.get()
    assert (answer.answer, answer.tags, answer.enabled) == ("12 €\n\nper month", ["acme", "beta"], True)
    assert list(answer.phrasings.values_list("text", flat=True)) == ["What does it cost?", "prices", "How much is it?"]


def test_a_change_is_saved_with_its_phrasings():
    answer = prices()
    page = browser("ed").get(f"{LIST}{answer.pk}/change/").content.decode()
    assert "How much is it per month?\nprices\nWhat are your prices</textarea>" in page
    assert "Not given yet" in page
    browser("ed").post(f"{LIST}{answer.pk}/change/", form(answer, answer="15 €", phrasings="price list"))
    answer.refresh_from_db()
    assert (answer.answer, answer.revision, answer.phrasings.count()) == ("15 €", 2, 2)


def test_the_second_of_two_editors_is_told():
    """Red when `seen_revision` is not compared."""
    answer = prices()
    stale = form(answer, answer="Mine")
    writing.save(writing.Draft(question=answer.question, answer="Theirs"), answer)
    page = browser("ed").post(f"{LIST}{answer.pk}/change/", stale)
    assert "changed while you were editing" in page.content.decode()
    assert CuratedAnswer.objects.get().answer == "Theirs"


LONG = "x" * limits.MAX_PHRASING


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"phrasings": LONG}, None),
        ({"phrasings": LONG + "x"}, "has 301 characters; the limit is 300"),
        ({"phrasings": "\n".join(f"number {n}" for n in range(limits.MAX_PHRASINGS - 1))}, None),
        ({"phrasings": "\n".join(f"number {n}" for n in range(limits.MAX_PHRASINGS))}, "There are 100 phrasings"),
        ({"answer": "y" * limits.MAX_ANSWER}, None),
        ({"answer": "y" * (limits.MAX_ANSWER + 1)}, "at most 8000 characters"),
        ({"answer": "  "}, "This field is required"),
        ({"question": ""}, "This field is required"),
        ({"phrasings": "nul \x00"}, "Null characters are not allowed"),
        ({"valid_from": "2030-01-02T00:00", "valid_until": "2030-01-01T00:00"}, "must be after"),
    ],
)
def test_limits_from_both_sides(changes, complaint):
    page = browser("ed").post(f"{LIST}add/", form(**changes))
    assert (page.status_code == 302) is (complaint is None)
    assert complaint is None or complaint in page.content.decode()


def test_all_answers_together_have_a_limit(monkeypatch):
    monkeypatch.setattr(writing, "MAX_PHRASINGS_IN_ALL", 4)
    prices()
    page = browser("ed").post(f"{LIST}add/", form())
    assert "this would make 5" in page.content.decode()


def test_a_phrasing_of_another_answer_is_pointed_out():
    prices()
    page = browser("ed").post(f"{LIST}add/", form(phrasings="PRICES"), follow=True)
    assert "is also a phrasing of" in page.content.decode()


def test_the_list_shows_what_was_given_and_when():
    answer, _ = prices(), outage()
    giving.give(answer.pk, PRICES, Audience())
    giving.give(answer.pk, PRICES, Audience())
    page = browser("ed").get(LIST)
    rows = {row.question: row for row in page.context["cl"].result_list}
    assert (rows[answer.question].given, rows[answer.question].asked) == (2, 4)
    assert (timezone.now() - rows[answer.question].given_last).total_seconds() < 60
    assert (rows["I cannot log in"].given, rows["I cannot log in"].given_last) == (0, None)
    assert "never" in page.content.decode()


def test_answers_are_disabled_and_enabled_from_the_list():
    answer = prices()
    for action, enabled in (("disable", False), ("enable", True)):
        browser("ed").post(LIST, {"action": action, "_selected_action": [str(answer.pk)]})
        assert CuratedAnswer.objects.get().enabled is enabled


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ({"text": "what does a plan cost"}, True),
        ({"text": "what does a plan cost", "follows": "1"}, True),
        ({"text": "the price", "follows": "1"}, False),
        ({"text": "Can I import articles from a folder?"}, False),
        ({"text": "what does a plan cost", "as": "ib_acme"}, False),
    ],
)
def test_the_trial_says_what_a_text_would_get(query, given):
    prices(audience="identified" if "as" in query else "everyone")
    Inbox.objects.create(key="ib_acme", name="Acme")
    page = browser("ed").get(TRY, query)
    trial = page.context["trial"]
    assert (trial.given is not None) is given
    assert f'data-given="{"yes" if given else "no"}"' in page.content.decode()
    assert ("<strong>12 €</strong>" in page.content.decode()) is given


@pytest.mark.parametrize("text", ["", "  ", "nul \x00"])
def test_no_text_no_trial(text):
    page = browser("ed").get(TRY, {"text": text})
    assert (page.status_code, page.context["trial"]) == (200, None)


def test_texts_are_shown_as_texts():
    """Red when the question or the text is marked safe."""
    writing.save(writing.Draft(question="<b>Price</b>", answer="<script>alert(1)</script>", phrasings=("price",)))
    html = browser("ed").get(TRY, {"text": "price"}).content.decode()
    assert "&lt;b&gt;Price" in html
    assert "<script>alert" not in html


def test_who_may_what():
    answer = prices()
    staff("norman")
    for url in (LIST, TRY, f"{LIST}{answer.pk}/change/"):
        assert browser("norman").get(url).status_code == 403
        assert browser("alice").get(url).status_code == 200
        assert Client().get(url).status_code == 302
    assert "rw-body" not in browser("alice").get(f"{LIST}{answer.pk}/change/").content.decode()
    assert browser("alice").post(f"{LIST}{answer.pk}/change/", form(answer)).status_code == 403
    assert browser("ed").post(f"{LIST}{answer.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser("ed").post(f"{LIST}preview/", '{"body": "*a*"}', content_type="application/json").json() == {
        "html": "<p><em>a</em></p>\n"
    }
    assert browser("alice").post(f"{LIST}preview/", "{}", content_type="application/json").status_code == 403
