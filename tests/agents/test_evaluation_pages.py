"""Runs over golden questions in the admin: for administrators, and nothing can be changed."""

import pytest

from agents.models import AnswerEvaluation

pytestmark = pytest.mark.django_db

RUNS = "/admin/agents/answerevaluation/"
OUTCOME = {
    "key": "q",
    "question": "<b>Where?</b>",
    "kind": "odd",
    "expected": ["help/start"],
    "came": "decline",
    "cited": [],
    "passed": False,
}


def keep(**shares) -> AnswerEvaluation:
    return AnswerEvaluation.objects.create(
        folder="/golden/shop",
        engine="extractive",
        questions=1,
        figures={"passed": 0.5, "right": 0.5, "p50_ms": 12.0} | shares,
        kinds={"odd": 0.5},
        outcomes=[OUTCOME],
    )


def test_no_run_yet_says_how_to_make_one(admin_client):
    assert "evaluate_answers FOLDER" in admin_client.get(RUNS).content.decode()


def test_one_run_has_no_plot_and_two_have(admin_client):
    """Red when the plot takes runs of another folder."""
    keep()
    AnswerEvaluation.objects.filter(folder="/golden/shop").update(folder="/golden/other")
    keep()
    assert "rw-plot-area" not in admin_client.get(RUNS).content.decode()
    keep(passed=0.75)
    page = admin_client.get(RUNS).content.decode()
    assert "50 % → 75 %" in " ".join(page.split())


def test_what_went_wrong_is_shown_as_text(admin_client):
    page = admin_client.get(f"{RUNS}{keep().pk}/change/").content.decode()
    assert "&lt;b&gt;Where?&lt;/b&gt;" in page
    assert "<b>Where?" not in page
    assert "help/start" in page


def test_nothing_is_added_or_changed(admin_client):
    run = keep()
    assert admin_client.get(f"{RUNS}add/").status_code == 403
    assert admin_client.post(f"{RUNS}{run.pk}/change/", {"engine": "x"}).status_code == 403
    run.refresh_from_db()
    assert run.engine == "extractive"
