"""Fits the weights of `agents.acceptance` on the development questions, and prints them.

Run against an installation whose help centre is docs/help: `python -m tests.golden.fit`. What it says of itself is cross-validated, ten
folds, five times. The questions that are measured with are not read.

The articles were edited with the answerable ones of these questions, which therefore say too much good of them. So the threshold
is a matter of the unanswerable ones alone: it is where DECLINED of them are declined.
"""

import json
import sys
from collections.abc import Iterator

import django

django.setup()

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402
from sklearn.model_selection import StratifiedKFold  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from agents import extractive, intents  # noqa: E402
from agents.acceptance import Signs  # noqa: E402
from agents.evaluation.questions import Golden, read  # noqa: E402
from knowledge import retrieval  # noqa: E402
from knowledge.audience import Audience  # noqa: E402
from knowledge.models import Article  # noqa: E402
from tests.golden import FOLDER  # noqa: E402

_FOLDS, _TIMES = 10, 5
# Of the unanswerable questions.
DECLINED = 0.85


def observe(golden: Golden, names: dict) -> tuple[tuple[float, ...], bool, bool]:
    """The signs of a question, whether it can be answered, and whether what would be cited answers it."""
    found = retrieval.search(golden.question, Audience())
    ranked = extractive.weigh(golden.question, found.passages[: extractive.CANDIDATES])
    cited = {names[source.passage.article_id] for source in extractive.sources(ranked)}
    return extractive.signs(ranked, found), bool(golden.articles), bool(cited & set(golden.articles))


def model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression())


def equal_errors(sure: NDArray, answerable: NDArray, right: NDArray) -> float:
    """What is right at the threshold where as large a share of the answerable ones goes wrong as of the others."""

    def shares(threshold: float) -> tuple[float, float]:
        taken = sure >= threshold
        return (taken & right)[answerable].mean(), (~taken)[~answerable].mean()

    return float(np.mean(min((shares(at) for at in np.sort(sure)), key=lambda both: abs(np.subtract(*both)))))


def set_aside(signs: NDArray, answerable: NDArray, right: NDArray) -> Iterator[NDArray]:
    """The likelihoods of all questions, each from a model that was made without it; as often as it is done anew."""
    for seed in range(_TIMES):
        sure = np.zeros(len(signs))
        for train, test in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(signs, answerable):
            sure[test] = model().fit(signs[train], right[train]).predict_proba(signs[test])[:, 1]
        yield sure


def cross_validated(signs: NDArray, answerable: NDArray, right: NDArray) -> tuple[float, float]:
    """Area under the curve, and what is right where both kinds of error are as frequent."""
    times = list(set_aside(signs, answerable, right))
    areas = [roc_auc_score(answerable, sure) for sure in times]
    return float(np.mean(areas)), float(np.mean([equal_errors(sure, answerable, right) for sure in times]))


def observe_all() -> tuple[NDArray, NDArray, NDArray]:
    """`observe` of each development question that no intent sees to, in three columns."""
    names = dict(Article.objects.values_list("pk", "external_id"))
    asked = [one for one in read(FOLDER / "dev") if intents.recognise(one.question) is None]
    signs, answerable, right = zip(*(observe(one, names) for one in asked), strict=True)
    return np.array(signs), np.array(answerable), np.array(right)


def main() -> None:
    signs, answerable, right = observe_all()
    area, share = cross_validated(signs, answerable, right)
    fitted = model().fit(signs, right)
    threshold = float(np.quantile(fitted.predict_proba(signs)[~answerable, 1], DECLINED))
    scaler, logistic = fitted[0], fitted[1]
    weights = logistic.coef_[0] / scaler.scale_
    # The threshold goes into the bias: what is taken is what is likelier than not.
    bias = logistic.intercept_[0] - (weights * scaler.mean_).sum() - np.log(threshold / (1 - threshold))
    named = {name: round(float(weight), 3) for name, weight in zip(Signs._fields, weights, strict=True)}
    print(
        json.dumps({"auc": round(area, 3), "right": round(share, 3), "bias": round(float(bias), 2), "weights": named})
    )


if __name__ == "__main__":
    sys.exit(main())
