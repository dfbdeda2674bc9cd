"""Articles in the admin. Every change goes through `knowledge.ingestion`, so each text is a version that stays."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Func, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from config.common.audit.actions import Action
from config.common.audit.noting import NotingDeletions
from config.common.text import storable
from knowledge import (
    admin_curated,
    admin_imports,
    admin_preview,
    admin_reindex,
    admin_sources,
    admin_validity,
    askers,
    explaining,
    ingestion,
)
from knowledge.admin_forms import ArticleForm
from knowledge.admin_passages import PassagePages, is_uuid
from knowledge.admin_versions import VersionPages
from knowledge.curated import matching
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk
from knowledge.rendering import to_html

POLLED_ARTICLES = 200
MAX_QUESTION = 1_000
__all__ = ["ArticleAdmin", "admin_curated", "admin_imports", "admin_reindex", "admin_sources"]


class TagFilter(admin.SimpleListFilter):
    """Articles with a tag; the tags that there are."""

    title = parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tags = Article.objects.annotate(tag=Func(F("tags"), function="unnest")).values_list("tag", flat=True)
        return [(tag, tag) for tag in tags.distinct().order_by("tag")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        return queryset.filter(tags__contains=[self.value()]) if self.value() else queryset


@admin.register(Article)
class ArticleAdmin(VersionPages, PassagePages, NotingDeletions):
    """Editors write, publish and archive; deleting for good is for administrators."""

    deletion = Action.ARTICLE_DELETED
    form = ArticleForm
    nothing_yet = "The AI agent answers from articles alone: write one, or import the files you have."
    list_display = [
        "title",
        "status_badge",
        "index_badge",
        "validity_badge",
        "audience",
        "tag_list",
        "version",
        "updated_at",
    ]
    list_filter = ["status", "index_state", admin_validity.ValidityFilter, "audience", TagFilter]
    list_per_page = 50
    search_fields = ["title", "url", "external_id"]
    search_help_text = "Title, address or external id. To look for what the text says, ask as a customer."
    ordering = ["-updated_at"]
    actions = ["publish", "archive", "back_to_draft", "index_again"]
    fieldsets = [
        (None, {"fields": ["title", "body", "seen_version"]}),
        ("Publication", {"fields": ["status", "audience", "tags", "valid_from", "valid_until", "url"]}),
    ]

    class Media:
        css = {"all": ["admin_console/articles.css"]}

    # -- List ---------------------------------------------------------------------------------

    @admin.display(description="Status", ordering="status")
    def status_badge(self, row: Article) -> SafeString:
        """Draft, published or archived."""
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', row.status, row.get_status_display())

    @admin.display(description="Index", ordering="index_state")
    def index_badge(self, row: Article) -> SafeString | str:
        """Whether searches find it; what is not published is not in the index."""
        if row.status != Article.Status.PUBLISHED:
            return "–"
        return format_html(
            '<span class="rw-badge" data-state="{}" data-article="{}">{}</span><span class="rw-index-error">{}</span>',
            row.index_state,
            row.pk,
            row.get_index_state_display(),
            row.index_error,
        )

    @admin.display(description="Time", ordering="valid_until")
    def validity_badge(self, row: Article) -> SafeString | str:
        """Whether its time is still to come or over, and when."""
        return admin_validity.badge(row) or "–"

    @admin.display(description="Tags")
    def tag_list(self, row: Article) -> str:
        """The tags, readable."""
        return ", ".join(row.tags)

    # -- Changing -----------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, with what the article's state is."""
        article = self.get_object(request, object_id)
        state: dict[str, Any] = {}
        if article:
            state = {"validity": admin_validity.badge(article), "passage_count": article.chunks.count()}
        return super().change_view(request, object_id, form_url, state | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """Who may only look sees the text itself instead of a field."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [(None, {"fields": ["title", "text", "status", "audience", "tags", "valid_from", "valid_until", "url"]})]

    @admin.display(description="Text")
    def text(self, row: Article) -> SafeString:
        """What the article says now."""
        current = row.versions.first()
        return format_html('<div class="rw-text">{}</div>', current.body if current else "")

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return bool(request.user.is_superuser)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only the articles: their passages and postings would be a list of thousands."""
        return [str(article) for article in objs], {"articles": len(objs)}, set(), []

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        article, _ = ingestion.save(form.draft(request.user), obj if change else None)
        obj.pk = article.pk
        obj.refresh_from_db()

    @admin.action(description="Publish", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Let searches find the articles."""
        self._set_status(request, queryset, Article.Status.PUBLISHED)

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Take the articles out of all answers, at once."""
        self._set_status(request, queryset, Article.Status.ARCHIVED)

    @admin.action(description="Back to draft", permissions=["change"])
    def back_to_draft(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Unpublish the articles."""
        self._set_status(request, queryset, Article.Status.DRAFT)

    @admin.action(description="Index again", permissions=["change"])
    def index_again(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Give articles whose embedding failed another chance."""
        count = sum(ingestion.retry(article.pk) for article in queryset)
        self.message_user(request, f"{count} to be indexed again.", messages.SUCCESS)

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Article], status: Article.Status) -> None:
        count = 0
        for article in queryset:
            saved, changed = ingestion.save(Draft(status=status, author=request.user), article)
            if changed:
                self.log_change(request, saved, f"Status: {status}")
                count += 1
        unchanged = len(queryset) - count
        text = f"{count} article{'' if count == 1 else 's'} now {status.label.lower()}."
        self.message_user(request, text + (f" {unchanged} already were." if unchanged else ""), messages.SUCCESS)

    # -- Preview, search and progress ----------------------------------------------------------

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        """What customers will see of the text in the request. Nothing is stored."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return admin_preview.answer(request)

    def search_view(self, request: HttpRequest) -> HttpResponse:
        """What the AI agent would find for a question, and why; static/admin_console/ask.js asks for the answer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        offered, chosen = askers.chosen(request)
        question = request.GET.get("question", "").strip()[:MAX_QUESTION]
        explained, fixed = None, None
        if question and storable(question):
            explained = explaining.explain(question, chosen.audience)
            fixed = matching.match(question, chosen.audience, follows=False, sure=settings.LLM_CONFIGURED)
        context = self.admin_site.each_context(request) | {
            "title": "Ask as a customer",
            "opts": self.opts,
            "askers": offered,
            "chosen": chosen,
            "question": question,
            "explained": explained,
            "fixed": fixed,
            "fixed_html": to_html(fixed.answer) if fixed else "",
        }
        return TemplateResponse(request, "admin/knowledge/article/search.html", context)

    def progress_view(self, request: HttpRequest) -> HttpResponse:
        """How far the embedding of passages is, and the index states of the articles `?id=` names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [text for text in request.GET.getlist("id")[:POLLED_ARTICLES] if is_uuid(text)]
        states = Article.objects.filter(pk__in=ids).values_list("pk", "index_state", "index_error")
        return JsonResponse(
            {
                "total": Chunk.objects.count(),
                "pending": Chunk.objects.filter(embedding=None).count(),
                "articles": {str(pk): {"state": state, "error": error} for pk, state, error in states},
            }
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("search/", view(self.search_view), name="knowledge_article_search"),
            path("progress/", view(self.progress_view), name="knowledge_article_progress"),
            path("preview/", view(require_POST(self.preview_view)), name="knowledge_article_preview"),
            *super().get_urls(),
        ]
