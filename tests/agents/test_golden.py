"""Questions in customers' words, without a model: the cited article is right, and what has no answer is declined.

tests/golden/README.md says where the questions come from. The floors are what was reached, less two questions.
"""

import json
import subprocess
import sys

import pytest

from tests.engines import ROOT


@pytest.fixture(scope="module")
def figures(live):
    environment = live.environment | {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""}
    run = subprocess.run(
        [sys.executable, "-m", "tests.golden.measure"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout.strip().splitlines()[-1])


@pytest.mark.timeout(300)
def test_the_cited_article_is_right(figures):
    assert figures["right"] >= 0.82


def test_what_the_demo_site_offers_works(figures):
    assert figures["offered"] == 1.0


def test_what_has_no_answer_is_declined(figures):
    assert figures["declined"] >= 0.81
