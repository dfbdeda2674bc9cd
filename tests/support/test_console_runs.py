"""What the console shows of the AI agent's work."""

import pytest

from agents.turn import Citation, Reply, Usage
from knowledge import ingestion, retrieval
from knowledge.audience import EVERYTHING
from knowledge.ingestion import Draft
from support import run_actions
from support.models import Run
from tests.support.console_cast import browser, conversation, post, staff, url

pytestmark = pytest.mark.django_db

HOSTILE = "Refunds take 14 days. <script>alert(1)</script>"


@pytest.fixture
def answered():
    article, _ = ingestion.save(Draft(title="Refunds", body=HOSTILE, status="published"))
    ingestion.embed(article.pk)
    place = conversation("How long does a refund take?")
    run = Run.objects.get(conversation=place.conversation, state="active")
    passage = retrieval.search("refund", EVERYTHING).passages[0]
    usage = Usage("gpt-test", 2, 100, 20, 12.5, 340.0)
    reply = Reply("14 days [1].", (Citation(1, passage, "14 days"),), "llm", usage, (passage,))
    run_actions.answer(run.pk, "nobody", reply, 900.0)
    return place, article


def test_a_run_shows_engine_cost_times_and_passages(answered):
    place, article = answered
    [run] = browser("alice").get(url(place, "runs")).json()["results"]
    assert (run["engine"], run["model"], run["state"], run["reason"]) == ("llm", "gpt-test", "finished", "answered")
    assert (run["input_tokens"], run["output_tokens"], run["attempt"], run["seq"]) == (100, 20, 1, 2)
    assert (run["search_ms"], run["first_token_ms"], run["total_ms"]) == (12.5, 340.0, 900.0)
    assert not run["rests_on_tools"]
    [passage] = run["passages"]
    assert (passage["index"], passage["title"], passage["text"], passage["is_cited"]) == (1, "Refunds", HOSTILE, True)
    assert passage["admin_url"] == f"/admin/knowledge/article/{article.pk}/change/"


def test_a_run_that_rests_on_a_tool_says_so_instead_of_a_confidence():
    """Red when `_finish_run` does not write it, or `_run` does not show it."""
    place = conversation("Where is my order?")
    run = Run.objects.get(conversation=place.conversation, state="active")
    run_actions.answer(run.pk, "nobody", Reply("On its way.", (), "llm", Usage(), rests_on_tools=True), 900.0)
    [shown] = browser("alice").get(url(place, "runs")).json()["results"]
    assert (shown["rests_on_tools"], shown["confidence"]) == (True, None)


def test_what_changed_since_is_told(answered):
    """Red when the passage's text is read from the article as it is."""
    place, article = answered

    def passage():
        [run] = browser("rita").get(url(place, "runs")).json()["results"]
        return run["passages"][0]

    assert (passage()["version"], passage()["now"]) == (1, 1)
    ingestion.save(Draft(body="Refunds take 10 days."), article)
    assert (passage()["text"], passage()["version"], passage()["now"]) == (HOSTILE, 1, 2)
    assert passage()["compare_url"] == f"/admin/knowledge/article/{article.pk}/compare/?from=1"
    article.delete()
    assert passage()["now"] is None


def test_answers_that_a_correction_may_make_wrong_are_listed(answered):
    """Red when answers of the current version are listed, and when the page does not ask for its permissions."""
    place, article = answered
    page = f"/admin/support/conversation/citing/{article.pk}/"
    assert "No answer cites an earlier version" in browser("alice").get(page).content.decode()
    assert "14 days [1]." in browser("alice").get(page, {"all": "1"}).content.decode()
    ingestion.save(Draft(body="Refunds take 10 days."), article)
    corrected = browser("alice").get(page).content.decode()
    assert "14 days [1]." in corrected
    assert f"/admin/support/conversation/{place.conversation}/change/" in corrected
    assert f"/admin/knowledge/article/{article.pk}/compare/?from=1&amp;to=2" in corrected
    other, _ = ingestion.save(Draft(title="Other", body="Text.", status="published"))
    assert (
        "14 days" not in browser("alice").get(f"/admin/support/conversation/citing/{other.pk}/?all=1").content.decode()
    )
    assert browser("ed").get(page).status_code == 403
    shown = browser("rita").get(f"/admin/knowledge/article/{article.pk}/change/").content.decode()
    assert page in shown
    assert page not in browser("ed").get(f"/admin/knowledge/article/{article.pk}/change/").content.decode()


def test_a_cancelled_run_shows_why():
    place = conversation()
    post(browser("alice"), place, "claim")
    [run] = browser("alice").get(url(place, "runs")).json()["results"]
    assert (run["state"], run["reason"], run["passages"]) == ("cancelled", "taken_over", [])


def test_passages_link_to_articles_only_for_those_who_may_see_them(answered):
    place, _ = answered
    alice = staff("alice")
    alice.groups.first().permissions.remove(*alice.groups.first().permissions.filter(codename="view_article"))
    [run] = browser("alice").get(url(place, "runs")).json()["results"]
    assert run["passages"][0]["admin_url"] is None
