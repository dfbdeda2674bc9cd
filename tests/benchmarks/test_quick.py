"""Every benchmark at its smallest, so that none rots. Nothing is timed."""

import json

import pytest

from tests.benchmarks import venv
from tests.benchmarks.stage import CLUSTER, Stage
from tests.benchmarks.suite import BENCHMARKS


@pytest.fixture(scope="module")
def stage(live):
    """Servers with a fixed vector: they need no model to start."""
    live.wait_indexed()
    with Stage(live, fixed_only=True) as stage:
        yield stage


@pytest.mark.parametrize("name", BENCHMARKS)
def test_runs(stage, name):
    """Each figure is one line of JSON with a value of ours."""
    if name == CLUSTER and (reason := stage.missing(name)):
        pytest.skip(reason)
    figures = [json.loads(figure.line()) for figure in BENCHMARKS[name](stage, quick=True)]
    assert figures
    for figure in figures:
        assert figure["name"]
        assert figure["goal"]
        assert figure["ours"] is not None


def test_is_compared(stage):
    """With the comparison's packages there are baselines."""
    if not venv.is_complete():
        pytest.skip(stage.missing("bare"))
    figures = list(BENCHMARKS["messages"](stage, quick=True))
    assert all(figure.baseline for figure in figures)
