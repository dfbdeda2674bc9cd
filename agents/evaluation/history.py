"""Keeping a run, and finding the one before it."""

from collections.abc import Sequence

from agents.evaluation.asking import Asked
from agents.evaluation.comparing import Comparison, compare
from agents.evaluation.figures import Figures, by_kind
from agents.evaluation.models import AnswerEvaluation


def keep(folder: str, engine: str, asked: Sequence[Asked], figures: Figures) -> AnswerEvaluation:
    """Store a run."""
    return AnswerEvaluation.objects.create(
        folder=folder,
        engine=engine,
        questions=len(asked),
        figures=figures,
        kinds=by_kind(asked),
        outcomes=[_outcome(one) for one in asked],
    )


def _outcome(one: Asked) -> dict[str, object]:
    golden = one.golden
    return {
        "key": golden.key,
        "question": golden.question,
        "kind": golden.kind,
        "expected": list(golden.articles) or golden.outcome,
        "came": one.came,
        "cited": one.cited,
        "passed": one.passed,
    }


def last(folder: str, engine: str) -> AnswerEvaluation | None:
    """The newest run over a folder with this engine."""
    return AnswerEvaluation.objects.filter(folder=folder, engine=engine).order_by("-created_at", "-pk").first()


def against(before: AnswerEvaluation, now: AnswerEvaluation) -> Comparison:
    """The two, question by question; one whose expectation was changed in between is left out."""
    expected = {one["key"]: one["expected"] for one in before.outcomes}
    same = [one for one in now.outcomes if expected.get(one["key"]) == one["expected"]]
    return compare(
        {one["key"]: one["passed"] for one in before.outcomes},
        {one["key"]: one["passed"] for one in same},
        before.figures.get("supported"),
        now.figures.get("supported"),
    )
