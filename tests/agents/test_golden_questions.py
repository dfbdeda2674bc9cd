"""Golden questions are read, or refused with the line that is wrong."""

import json

import pytest

from agents.evaluation.questions import read
from knowledge.evaluation.jsonl import BadCollection
from tests.golden import FOLDER


def write(folder, *rows):
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def test_an_answer_is_expected_where_there_are_articles(tmp_path):
    said = [{"role": "customer", "text": "Hello"}]
    one, other = read(
        write(
            tmp_path,
            {"question": "Where?", "articles": ["a", "b"], "history": said},
            {"question": "Who?", "kind": "odd"},
        )
    )
    assert (one.outcome, one.kind, one.articles, one.history[0].text) == ("answer", "answer", ("a", "b"), "Hello")
    assert (other.outcome, other.kind, other.articles, other.history) == ("decline", "odd", (), ())


def test_the_same_words_after_others_are_another_question(tmp_path):
    """Red when `Golden.key` is the question alone."""
    row = {"question": "And then?"}
    said = [{"role": "customer", "text": "Hello"}]
    assert len(read(write(tmp_path, row, row | {"history": said}))) == 2


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({}, "'question' must be text"),
        ({"question": " "}, "'question' is empty"),
        ({"question": "x", "articles": "a"}, "'articles' must be a list"),
        ({"question": "x", "outcome": "dance"}, "'outcome' must be one of answer, decline, handoff, small_talk"),
        ({"question": "x", "outcome": "answer"}, "an answer needs 'articles'"),
        ({"question": "x", "articles": ["a"], "outcome": "decline"}, "nothing else has any"),
        ({"question": "x", "kind": 1}, "'kind' must be text"),
        ({"question": "x", "history": [{"role": "robot", "text": "y"}]}, "'history' must be a list"),
        ({"question": "x", "history": [{"role": "customer"}]}, "'text' must be text"),
    ],
    ids=range(9),
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, row, complaint):
    with pytest.raises(BadCollection, match="line 2") as raised:
        read(write(tmp_path, {"question": "fine"}, row))
    assert complaint in str(raised.value)


def test_twice_the_same_question_is_refused(tmp_path):
    with pytest.raises(BadCollection, match="occurs twice"):
        read(write(tmp_path, {"question": "x"}, {"question": "x"}))


def test_no_file_and_no_question_are_refused(tmp_path):
    with pytest.raises(BadCollection, match="No such file"):
        read(tmp_path)
    (tmp_path / "questions.jsonl").write_text("\n")
    with pytest.raises(BadCollection, match="no question"):
        read(tmp_path)


def test_development_questions_are_not_measured_with():
    """Red when a question of the test set is one of those that the weights were fitted on."""
    assert not {one.key for one in read(FOLDER)} & {one.key for one in read(FOLDER / "dev")}
