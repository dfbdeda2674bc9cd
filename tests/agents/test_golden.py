"""Questions in customers' words: what should come of them comes, without a model and with one.

tests/golden/README.md says where the questions come from. The floors are what was reached, less two questions, of the declined less one.
"""

import json
import subprocess
import sys

import pytest

from agents.evaluation.questions import read
from tests.engines import ROOT
from tests.golden import FOLDER


def evaluate(live, **environment: str) -> dict:
    """The figures of one run over all golden questions."""
    command = [sys.executable, "manage.py", "evaluate_answers", str(FOLDER), "--json"]
    run = subprocess.run(command, cwd=ROOT, env=live.environment | environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def figures(live):
    return evaluate(live, OPENAI_BASE_URL="", OPENAI_API_KEY="")


@pytest.fixture(scope="module")
def told(live):
    """The figures with the scripted model, which says one sentence to everything and cites the first passage."""
    return evaluate(live)


@pytest.mark.timeout(300)
def test_the_cited_article_is_right(figures):
    """Red when `acceptance.BIAS` is lowered by nine: nothing is sure enough."""
    assert figures["kinds"]["answer"] >= 0.85


def test_what_has_no_answer_is_declined(figures):
    """Red when `acceptance.BIAS` is raised by nine: everything is."""
    assert figures["declined"] >= 0.78


@pytest.mark.parametrize("kind", ["offered", "person", "small talk"])
def test_what_needs_no_knowledge_and_what_the_demo_offers_comes_out(figures, kind):
    assert figures["kinds"][kind] == 1.0


def test_nobody_is_handed_over_who_did_not_ask_to_be(figures):
    assert figures["needless"] <= 0.01


def test_each_sentence_that_is_quoted_is_supported(figures):
    assert figures["supported"] == 1.0


@pytest.mark.timeout(300)
def test_with_a_model_the_first_passage_is_cited_and_tokens_are_counted(told, figures):
    assert told["questions"] == figures["questions"] == len(read(FOLDER))
    assert told["input_tokens"] > 0 == figures["input_tokens"]
    assert told["first_right"] >= 0.7
    assert told["declined"] <= 0.1, "this model knows everything"
    assert told["kinds"]["person"] == 1.0
