"""`manage.py evaluate_answers` asks, keeps, compares, and fails when it got worse."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from agents.models import AnswerEvaluation
from knowledge.models import Article
from tests.agents.conftest import publish

ROWS = [
    {"question": "How long until I get my money back?", "articles": ["refunds"]},
    {"question": "Who won the world cup in 1954?"},
    {"question": "I want to talk to a human", "outcome": "handoff"},
    {"question": "thanks!", "outcome": "small_talk"},
]


@pytest.fixture
def folder(knowledge, tmp_path):
    publish("Refunds", "You get your money back within 14 days. It does not take long.", external_id="refunds")
    publish("Shipping", "Parcels leave our warehouse in Gent every morning at nine.", external_id="shipping")
    write(tmp_path, ROWS)
    return tmp_path


def write(folder, rows):
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(row) for row in rows))


def run(folder, *options) -> dict:
    out = StringIO()
    call_command("evaluate_answers", str(folder), "--json", *options, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_a_run_is_measured_and_kept(folder):
    """Red when `Asked.passed` takes any citation, or `history.keep` is not called."""
    result = run(folder)
    assert {name: result[name] for name in ("passed", "right", "declined", "handed_over", "small_talk")} == {
        "passed": 1.0,
        "right": 1.0,
        "declined": 1.0,
        "handed_over": 1.0,
        "small_talk": 1.0,
    }
    assert (result["questions"], result["needless"], result["supported"]) == (4, 0.0, 1.0)
    kept = AnswerEvaluation.objects.get()
    assert (kept.engine, kept.questions, kept.outcomes[0]["cited"]) == ("extractive", 4, ["refunds"])
    assert "lost" not in result


def test_what_got_worse_fails(folder):
    """Red when the command forgets to ask `regressed`."""
    run(folder)
    Article.objects.filter(external_id="refunds").update(status="archived")
    with pytest.raises(CommandError, match="1 lost and 0 won of 4"):
        run(folder)
    assert AnswerEvaluation.objects.count() == 2
    result = run(folder)
    assert (result["lost"], result["won"], result["common"]) == ([], [], 4)


def test_a_tolerance_forgives(folder):
    run(folder)
    Article.objects.filter(external_id="refunds").update(status="archived")
    assert run(folder, "--tolerance", "0.25")["lost"] == [ROWS[0]["question"]]


def test_another_expectation_is_another_question(folder):
    """Red when `against` compares all questions of the same words."""
    run(folder)
    write(folder, [{"question": ROWS[0]["question"], "articles": ["shipping"]}])
    assert run(folder)["common"] == 0


def test_prices_make_a_cost(folder):
    assert "cost" not in run(folder)
    assert run(folder, "--prices", "1", "2")["cost"] == 0.0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [(["--tolerance", "1.5"], "from 0 to 1"), (["--prices", "-1", "1"], "negative"), (["--inbox", "no"], "no inbox")],
    ids=["tolerance", "prices", "inbox"],
)
def test_bad_options_are_refused(folder, options, complaint):
    with pytest.raises(CommandError, match=complaint):
        run(folder, *options)
    assert not AnswerEvaluation.objects.exists()


def test_a_table_for_people_names_the_misses(folder):
    write(folder, [*ROWS, {"question": "When do you open?", "articles": ["hours"]}])
    out, err = StringIO(), StringIO()
    call_command("evaluate_answers", str(folder), "--misses", stdout=out, stderr=err)
    assert "No earlier run" in out.getvalue()
    assert "expected hours" in err.getvalue()


def test_with_a_model_its_tokens_are_counted(folder, provider):
    """Red when `asking._ask` leaves the usage out."""
    write(folder, ROWS[:1])
    result = run(folder, "--prices", "1000000", "0")
    assert (result["right"], result["supported"]) == (1.0, 1.0)
    assert result["cost"] == result["input_tokens"] > 0
    assert AnswerEvaluation.objects.get().engine != "extractive"
