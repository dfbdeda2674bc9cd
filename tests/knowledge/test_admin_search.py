"""“Ask as a customer”: what each kind of customer's question would find."""

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
    assert {passage.title for passage in page.context["explained"].found.passages} == found
    for passage in page.context["explained"].found.passages:
        assert f"/admin/knowledge/article/{passage.article_id}/change/" in page.content.decode()


@pytest.mark.parametrize("question", ["", "  ", "nul \x00"])
def test_no_question_no_search(question):
    page = browser("ed").get(SEARCH, {"question": question})
    assert (page.status_code, page.context["explained"]) == (200, None)


def test_passages_are_shown_as_text():
    article, _ = ingestion.save(
        Draft(title="<b>Refund</b>", body="A refund <script>alert(1)</script>", status="published")
    )
    ingestion.embed(article.pk)
    html = browser("ed").get(SEARCH, {"question": "<script>alert(2)</script> refund"}).content.decode()
    assert "&lt;b&gt;Refund" in html
    assert "<script>alert" not in html


def test_why_a_passage_is_found_is_told(articles):
    """Red when the ranks are those of the score, and when common words count as matches."""
    from knowledge import explaining
    from knowledge.audience import EVERYTHING

    explained = explaining.explain("Do I get a refund to my card within 14 days?", EVERYTHING)
    assert explained.candidates == 3
    by_title = {each.passage.title: each for each in explained.passages}
    known, everyone, acme = (by_title[f"Refunds for {who}"] for who in ("known", "all", "Acme"))
    assert set(known.terms) == {"refund", "card"}
    assert set(everyone.terms) == {"refund", "14", "day"}
    assert [text for text, marked in known.parts if marked] == ["refund", "card"]
    assert "".join(text for text, _ in known.parts) == known.passage.text
    for ranks in ("dense_rank", "lexical_rank", "match_rank"):
        assert sorted(getattr(each, ranks) for each in explained.passages) == [1, 2, 3]
    assert everyone.lexical_rank == 1
    assert acme.lexical_rank == 3


def test_a_passage_is_shown_in_its_article():
    """Red when the page that has the passage is not worked out."""
    body = "".join(f"## Part {n}\n\nThis part tells of number {n} and nothing else.\n\n" for n in range(25))
    article, _ = ingestion.save(Draft(title="Long", body=body, status="published"))
    late = article.chunks.order_by("position").last()
    html = browser("ed").get(f"/admin/knowledge/article/{article.pk}/passages/", {"chunk": late.pk}).content.decode()
    assert f'id="chunk-{late.pk}"' in html
    assert "Page 2 of" in html
    for bad in ("nonsense", article.pk):
        assert browser("ed").get(f"/admin/knowledge/article/{article.pk}/passages/?chunk={bad}").status_code == 200


def test_a_curated_answer_is_said_to_be_given(articles):
    from tests.knowledge.curating import curate

    curate("When do I get a refund?", "In 14 days.")
    html = browser("ed").get(SEARCH, {"question": "When do I get a refund?"}).content.decode()
    assert "customers get its answer word for word" in html


def test_searching_is_for_staff_who_may_see_articles():
    staff("norman")
    assert browser("norman").get(SEARCH).status_code == 403
    assert Client().get(SEARCH).status_code == 302
