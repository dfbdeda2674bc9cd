"""`manage.py evaluate_abstention`: its figures, its measure, and what can be wrong with the files."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from knowledge.evaluation.abstention import Outcome, correlation, measure

TRAIN = [
    ("When will my parcel arrive?", "DELIVERY"),
    ("where is my parcel", "DELIVERY"),
    ("track my parcel", "DELIVERY"),
    ("I want my money back", "REFUND"),
    ("how do I get a refund", "REFUND"),
    ("refund my order", "REFUND"),
]
QUERIES = [
    ("where is my parcell", "DELIVERY", False),
    ("get a refund", "REFUND", False),
    ("tell me a joke about penguins", "NONE", True),
    ("what is the capital of Peru", None, True),
]


@pytest.fixture
def folder(tmp_path):
    rows = [{"text": text, "intent": intent} for text, intent in TRAIN]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked = [{"text": text, "intent": intent, "out_of_scope": out} for text, intent, out in QUERIES]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    return tmp_path


def evaluate(folder, *args) -> str:
    out = StringIO()
    call_command("evaluate_abstention", str(folder), *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_figures_without_a_database(folder):
    """No database is asked for: pytest-django refuses any query here."""
    result = json.loads(evaluate(folder, "--json"))
    assert (result["queries"], result["out_of_scope"]) == (4, 2)
    for name in ("accuracy", "in_scope_accuracy", "out_of_scope_recall", "MCC"):
        assert result[name] == 1.0
    assert 0 < result["p50_ms"] <= result["p95_ms"]


def test_a_table_for_people(folder):
    assert "out_of_scope_recall" in evaluate(folder)


def test_an_intent_without_phrasings_is_only_missed(folder):
    with (folder / "queries.jsonl").open("a") as file:
        file.write('\n{"text": "talk to sales about a big order", "intent": "SALES", "out_of_scope": false}')
    assert json.loads(evaluate(folder, "--json"))["in_scope_accuracy"] == round(2 / 3, 4)


def test_measures_by_hand():
    """Red when a class is counted by what was right where it should be by what was recognised."""
    pairs = [("a", "a"), ("a", "a"), ("a", None), ("b", "a"), (None, None), (None, None), (None, "b"), ("b", "b")]
    # scikit-learn's matthews_corrcoef of the same
    assert correlation(pairs) == pytest.approx(0.4285714)
    assert correlation([(one, one) for one, _ in pairs]) == 1.0
    assert correlation([("a", "a")]) == correlation([("a", None), ("b", None)]) == 0.0
    result = measure([Outcome(right, recognised, right == "a", 1.0) for right, recognised in pairs])
    assert (result["accuracy"], result["in_scope_accuracy"], result["out_of_scope_recall"]) == (5 / 8, 3 / 5, 2 / 3)
    assert (result["sure_precision"], result["sure_share"]) == (2 / 3, 2 / 5)


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("train.jsonl", None, "train.jsonl"),
        ("train.jsonl", "", "no phrasings"),
        ("train.jsonl", '{"text": "a"}', "line 1: 'intent' must be text"),
        ("queries.jsonl", None, "queries.jsonl"),
        ("queries.jsonl", "{", "line 1: not JSON"),
        ("queries.jsonl", '{"text": "a", "intent": "B"}', "'out_of_scope' must be true or false"),
        ("queries.jsonl", '{"text": "a", "intent": null, "out_of_scope": false}', "'intent' must be text"),
    ],
)
def test_bad_files_are_refused_with_the_place(folder, file, content, complaint):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    with pytest.raises(CommandError, match=complaint):
        evaluate(folder)
