"""The measures, against values worked out by hand."""

import math

import pytest

from knowledge.evaluation import metrics


def test_a_perfect_ranking():
    assert set(metrics.of_ranking(["a", "b"], {"a": 1, "b": 1}).values()) == {1.0, 0.5}
    assert metrics.of_ranking(["a", "b"], {"a": 1, "b": 1})["Recall@1"] == 0.5


def test_nothing_right():
    assert set(metrics.of_ranking(["x", "y"], {"a": 1}).values()) == {0.0}
    assert set(metrics.of_ranking([], {"a": 1}).values()) == {0.0}


def test_one_of_two_at_rank_three():
    measures = metrics.of_ranking(["x", "y", "a", *"zuvw"], {"a": 1, "b": 1})
    assert [measures[f"Hit@{k}"] for k in metrics.DEPTHS] == [0, 1, 1, 1]
    assert [measures[f"Recall@{k}"] for k in metrics.DEPTHS] == [0, 0.5, 0.5, 0.5]
    assert measures["MRR@10"] == pytest.approx(1 / 3)
    assert measures["nDCG@5"] == pytest.approx((1 / math.log2(4)) / (1 + 1 / math.log2(3)))


def test_a_higher_grade_first_is_better():
    relevant = {"a": 3.0, "b": 1.0}
    assert metrics.of_ranking(["a", "b"], relevant)["nDCG@5"] == 1
    expected = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert metrics.of_ranking(["b", "a"], relevant)["nDCG@5"] == pytest.approx(expected)


def test_what_comes_after_ten_does_not_count():
    ranking = [*map(str, range(10)), "a"]
    assert set(metrics.of_ranking(ranking, {"a": 1}).values()) == {0.0}


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.0, 1), (1.0, 4)])
def test_percentiles(share, value):
    assert metrics.percentile([4, 1, 3, 2], share) == value
