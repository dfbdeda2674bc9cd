"""“Try a search”: what each kind of customer's question would find."""

import pytest
from django.test import Client

from knowledge import ingestion
from knowledge.ingestion import Draft
from sessions_app.models import Inbox
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

SEARCH = "/admin/knowledge/article/search/"


@pytest.fixture
def articles():
    drafts = [
        Draft(title="Refunds for all", body="A refund takes 14 days.", status="published"),
        Draft(title="Refunds for known", body="A refund goes to your card.", status="published", audience="identified"),
        Draft(title="Refunds for Acme", body="A refund comes as a voucher.", status="published", tags=["acme"]),
        Draft(title="Refunds to come", body="A refund will be instant.", status="draft"),
    ]
    for draft in drafts:
        article, _ = ingestion.save(draft)
        ingestion.embed(article.pk)


@pytest.mark.parametrize(
    ("asker", "found"),
    [
        ("everyone", {"Refunds for all"}),
        ("identified", {"Refunds for all", "Refunds for known"}),
        ("staff", {"Refunds for all", "Refunds for known", "Refunds for Acme"}),
        ("ib_acme", {"Refunds for all", "Refunds for Acme"}),
        ("ib_acme:identified", {"Refunds for all", "Refunds for known", "Refunds for Acme"}),
        ("unheard of", {"Refunds for all"}),
    ],
)
def test_an_asker_finds_what_they_may_see(articles, asker, found):
    Inbox.objects.create(key="ib_acme", name="Acme", tags=["acme"])
    page = browser("ed").get(SEARCH, {"question": "refund", "as": asker})
    assert {passage.title for passage in page.context["found"].passages} == found
    for passage in page.context["found"].passages:
        assert f"/admin/knowledge/article/{passage.article_id}/change/" in page.content.decode()


@pytest.mark.parametrize("question", ["", "  ", "nul \x00"])
def test_no_question_no_search(question):
    page = browser("ed").get(SEARCH, {"question": question})
    assert (page.status_code, page.context["found"]) == (200, None)


def test_passages_are_shown_as_text():
    article, _ = ingestion.save(
        Draft(title="<b>Refund</b>", body="A refund <script>alert(1)</script>", status="published")
    )
    ingestion.embed(article.pk)
    html = browser("ed").get(SEARCH, {"question": "<script>alert(2)</script> refund"}).content.decode()
    assert "&lt;b&gt;Refund" in html
    assert "<script>alert" not in html


def test_searching_is_for_staff_who_may_see_articles():
    staff("norman")
    assert browser("norman").get(SEARCH).status_code == 403
    assert Client().get(SEARCH).status_code == 302
