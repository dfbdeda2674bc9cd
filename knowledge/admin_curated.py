"""Curated answers in the admin: write them, see how often they are given, try which one a text would get."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from config.common.audit.noting import Noting
from config.common.text import storable
from knowledge import admin_preview, admin_validity, askers
from knowledge.admin_curated_form import CuratedAnswerForm
from knowledge.curated import matching, writing
from knowledge.curated.models import CuratedAnswer, CuratedHit, Phrasing
from knowledge.rendering import to_html

MAX_TEXT = 1_000


@admin.register(CuratedAnswer)
class CuratedAnswerAdmin(Noting):
    """Editors write, enable and disable; deleting for good is for administrators."""

    form = CuratedAnswerForm
    nothing_yet = (
        "For a question whose answer is not for a model to word, such as a price, write the text that "
        "customers get word for word."
    )
    list_display = [
        "question",
        "state_badge",
        "validity_badge",
        "audience",
        "tag_list",
        "phrasing_count",
        "hits",
        "last_hit",
    ]
    list_filter = ["enabled", admin_validity.ValidityFilter, "audience"]
    list_per_page = 50
    search_fields = ["question", "answer", "phrasings__text"]
    search_help_text = "Question, phrasing or answer. To see which one a customer's text would get, try it."
    ordering = ["question"]
    actions = ["enable", "disable"]
    fieldsets = [
        (None, {"fields": ["question", "phrasings", "answer", "seen_revision"]}),
        ("When it is given", {"fields": ["enabled", "audience", "tags", "valid_from", "valid_until"]}),
    ]

    class Media:
        css = {"all": ["admin_console/articles.css", "admin_console/curated.css"]}

    # -- List ---------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of phrasings, of hits, and the last of these."""

        def of(related: Any, figure: Any) -> Subquery:
            rows = related.objects.filter(answer=OuterRef("pk")).order_by().values("answer")
            return Subquery(rows.annotate(figure=figure).values("figure"))

        return (
            super()
            .get_queryset(request)
            .annotate(
                asked=of(Phrasing, Count("*")),
                given=Coalesce(of(CuratedHit, Count("*")), 0),
                given_last=of(CuratedHit, Max("at")),
            )
        )

    @admin.display(description="State", ordering="enabled")
    def state_badge(self, row: CuratedAnswer) -> SafeString:
        """Enabled or not."""
        state, label = ("published", "Enabled") if row.enabled else ("draft", "Disabled")
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', state, label)

    @admin.display(description="Time", ordering="valid_until")
    def validity_badge(self, row: CuratedAnswer) -> SafeString | str:
        """Whether its time is still to come or over, and when."""
        return admin_validity.badge(row) or "–"

    @admin.display(description="Tags")
    def tag_list(self, row: CuratedAnswer) -> str:
        """The tags, readable."""
        return ", ".join(row.tags)

    @admin.display(description="Phrasings", ordering="asked")
    def phrasing_count(self, row: Any) -> int:
        """In how many ways it is asked."""
        return int(row.asked)

    @admin.display(description="Given", ordering="given")
    def hits(self, row: Any) -> str:
        """How often customers got it."""
        return f"{row.given:,}"

    @admin.display(description="Last given", ordering="given_last", empty_value="never")
    def last_hit(self, row: Any) -> Any:
        """When a customer got it last."""
        return row.given_last

    # -- Changing -----------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, with what the answer's state is."""
        answer = self.get_object(request, object_id)
        state = {"validity": admin_validity.badge(answer)} if answer else {}
        return super().change_view(request, object_id, form_url, state | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: CuratedAnswer | None = None) -> Any:
        """Who may only look sees texts instead of fields."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        when = ["enabled", "audience", "tags", "valid_from", "valid_until"]
        return [(None, {"fields": ["question", "phrasing_texts", "answer_text", *when]})]

    @admin.display(description="Other phrasings")
    def phrasing_texts(self, row: CuratedAnswer) -> SafeString:
        """One on each line."""
        lines = row.phrasings.exclude(position=0).values_list("text", flat=True)
        return format_html('<div class="rw-text">{}</div>', "\n".join(lines) or "–")

    @admin.display(description="Answer")
    def answer_text(self, row: CuratedAnswer) -> SafeString:
        """The answer as it was written."""
        return format_html('<div class="rw-text">{}</div>', row.answer)

    def has_delete_permission(self, request: HttpRequest, obj: CuratedAnswer | None = None) -> bool:
        return bool(request.user.is_superuser)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only the answers: their hits would be a list of thousands."""
        return [str(answer) for answer in objs], {"curated answers": len(objs)}, set(), []

    def save_model(self, request: HttpRequest, obj: CuratedAnswer, form: Any, change: bool) -> None:
        saved = writing.save(form.draft(), obj if change else None)
        obj.pk = saved.pk
        obj.refresh_from_db()
        self._tell_of_others(request, obj)

    def _tell_of_others(self, request: HttpRequest, answer: CuratedAnswer) -> None:
        """A phrasing that another answer has too makes both of them uncertain."""
        texts = [text.lower() for text in answer.phrasings.values_list("text", flat=True)]
        others = Phrasing.objects.exclude(answer=answer).annotate(folded=Lower("text")).filter(folded__in=texts)
        for other in others.select_related("answer"):
            self.message_user(request, f"“{other.text}” is also a phrasing of “{other.answer}”.", messages.WARNING)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[CuratedAnswer]) -> None:
        """Let the answers be given."""
        self._set_enabled(request, queryset, True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[CuratedAnswer]) -> None:
        """Take the answers back, at once."""
        self._set_enabled(request, queryset, False)

    def _set_enabled(self, request: HttpRequest, queryset: QuerySet[CuratedAnswer], enabled: bool) -> None:
        word = "enabled" if enabled else "disabled"
        with transaction.atomic():
            changed = [answer for answer in queryset if writing.set_enabled(answer, enabled)]
            for answer in changed:
                self.log_change(request, answer, word.capitalize())
        self.message_user(request, f"{len(changed)} now {word}.", messages.SUCCESS)

    # -- Preview and trial --------------------------------------------------------------------

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        """What customers will see of the text in the request. Nothing is stored."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return admin_preview.answer(request)

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Which answer a customer's text would get, and how near the others are."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        offered, chosen = askers.chosen(request)
        text = request.GET.get("text", "").strip()[:MAX_TEXT]
        follows = "follows" in request.GET
        trial = None
        if text and storable(text):
            trial = matching.weigh(text, chosen.audience, follows=follows, sure=settings.LLM_CONFIGURED)
        context = self.admin_site.each_context(request) | {
            "title": "Try it",
            "opts": self.opts,
            "askers": offered,
            "chosen": chosen,
            "text": text,
            "follows": follows,
            "trial": trial,
            "given_from": f"{trial.threshold * 100:g}" if trial else "",
            "html": to_html(trial.given.answer) if trial and trial.given else "",
        }
        return TemplateResponse(request, "admin/knowledge/curatedanswer/try.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("try/", view(self.try_view), name="knowledge_curatedanswer_try"),
            path("preview/", view(require_POST(self.preview_view)), name="knowledge_curatedanswer_preview"),
            *super().get_urls(),
        ]
