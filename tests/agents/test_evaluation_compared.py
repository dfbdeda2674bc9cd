"""A run is compared with the one before it, question by question."""

import pytest

from agents.evaluation.comparing import compare
from agents.evaluation.plot import HEIGHT, WIDTH, plot


def runs(before: str, now: str):
    """Question by question: `+` passed, `-` did not."""
    then, since = ({f"q{i}": sign == "+" for i, sign in enumerate(signs)} for signs in (before, now))
    return then, since


@pytest.mark.parametrize(
    ("before", "now", "tolerance", "regressed"),
    [
        ("++++++++++", "+++++++++-", 0.1, False),
        ("++++++++++", "++++++++--", 0.1, True),
        ("++++++++++", "+++++++++-", 0.0, True),
        ("-+++++++++", "++++++++++", 0.0, False),
        ("--++++++++", "++++++++--", 0.0, False),
    ],
)
def test_lost_less_won_decides(before, now, tolerance, regressed):
    """Red when `regressed` compares with `>=`, or forgets what was won."""
    then, since = runs(before, now)
    assert compare(then, since, None, None).regressed(tolerance) is regressed


def test_a_question_asked_once_does_not_count():
    """Red when all questions of the new run are `common`."""
    compared = compare({"old": True, "same": True}, {"same": True, "new": False}, None, None)
    assert (compared.lost, compared.won, compared.common) == ((), (), 1)
    assert not compare({"old": True}, {"new": False}, None, None).regressed(0.0)


def test_fewer_supported_sentences_are_a_regression():
    """Red when `regressed` looks at the questions alone."""
    assert compare({}, {}, 1.0, 0.9).regressed(0.05)
    assert not compare({}, {}, 1.0, 0.95).regressed(0.05)
    assert not compare({}, {}, 0.9, 1.0).regressed(0.0)
    assert not compare({}, {}, None, 0.5).regressed(0.0)


def test_the_plot_goes_from_the_left_to_the_right_and_up():
    one = plot([{"passed": 0.0}, {"passed": 0.5}, {"passed": 1.0}])
    assert one is not None
    assert [(line.name, line.points) for line in one.lines] == [
        ("passed", f"0.0,{HEIGHT}.0 {WIDTH / 2},{HEIGHT / 2} {WIDTH}.0,0.0")
    ]
    assert plot([{"passed": 1.0}]) is None
