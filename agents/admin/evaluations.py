"""Runs over golden questions in the admin: how they came out, over time, and what went wrong. Nothing is changed here."""

from pathlib import Path
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.evaluation.models import AnswerEvaluation
from agents.evaluation.plot import plot

SHOWN = 30


def _percent(run: AnswerEvaluation, name: str) -> str:
    share = run.figures.get(name)
    return "–" if share is None else f"{share:.1%}"


@admin.register(AnswerEvaluation)
class AnswerEvaluationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Written by `manage.py evaluate_answers` alone."""

    list_display = [
        "created_at",
        "folder_name",
        "engine",
        "questions",
        "passed",
        "right",
        "declined",
        "supported",
        "p50",
    ]
    list_filter = ["engine", "created_at"]
    list_per_page = 50
    search_fields = ["folder", "engine"]
    fields = ["created_at", "folder", "engine", "questions", "figures_table", "kinds_table", "missed"]

    class Media:
        css = {"all": ["admin_console/evaluations.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and under it the newest run's folder and engine over time."""
        context: dict[str, Any] = {}
        newest = AnswerEvaluation.objects.defer("outcomes").first() if self.has_view_permission(request) else None
        if newest is not None:
            same = AnswerEvaluation.objects.filter(folder=newest.folder, engine=newest.engine).values_list(
                "figures", flat=True
            )
            context = {"plot": plot(list(same[:SHOWN])[::-1]), "newest": newest}
        return super().changelist_view(request, context | (extra_context or {}))

    @admin.display(description="Questions of", ordering="folder")
    def folder_name(self, run: AnswerEvaluation) -> str:
        """The folder's own name."""
        return Path(run.folder).name

    @admin.display(description="As expected")
    def passed(self, run: AnswerEvaluation) -> str:
        """The share of all questions that came out as expected."""
        return _percent(run, "passed")

    @admin.display(description="Rightly cited")
    def right(self, run: AnswerEvaluation) -> str:
        """The share of the answerable ones that were answered from an article that answers them."""
        return _percent(run, "right")

    @admin.display(description="Declined")
    def declined(self, run: AnswerEvaluation) -> str:
        """The share of the unanswerable ones that were declined."""
        return _percent(run, "declined")

    @admin.display(description="Supported")
    def supported(self, run: AnswerEvaluation) -> str:
        """The share of sentences that pass the claim check."""
        return _percent(run, "supported")

    @admin.display(description="Median time")
    def p50(self, run: AnswerEvaluation) -> str:
        """To the end of the answer."""
        return f"{run.figures['p50_ms']:,.0f} ms"

    @admin.display(description="Figures")
    def figures_table(self, run: AnswerEvaluation) -> SafeString:
        """All figures of the run."""
        return _table([(name.replace("_", " "), f"{value:,}") for name, value in run.figures.items()])

    @admin.display(description="As expected, by kind")
    def kinds_table(self, run: AnswerEvaluation) -> SafeString:
        """The share that came out as expected, by kind."""
        return _table([(kind, f"{share:.1%}") for kind, share in run.kinds.items()])

    @admin.display(description="Came out otherwise")
    def missed(self, run: AnswerEvaluation) -> SafeString | str:
        """What was expected and what came, of each question that did not come out as expected."""
        rows = [one for one in run.outcomes if not one["passed"]]
        if not rows:
            return "All questions came out as expected."
        head = "<thead><tr><th>Question</th><th>Expected</th><th>Came</th></tr></thead>"
        body = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            ((one["question"], _said(one["expected"]), _said(one["cited"]) or one["came"]) for one in rows),
        )
        return format_html(
            '<div class="rw-scroll"><table class="rw-figures">{}<tbody>{}</tbody></table></div>', SafeString(head), body
        )


def _said(expected: str | list[str]) -> str:
    return expected if isinstance(expected, str) else ", ".join(expected)


def _table(rows: list[tuple[str, str]]) -> SafeString:
    return format_html(
        '<table class="rw-figures"><tbody>{}</tbody></table>',
        format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows),
    )
