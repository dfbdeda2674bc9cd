"""The page of all jobs in the admin: what workers are doing for the knowledge base, how far it is, and what went wrong."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from knowledge import ingestion, jobs, tasks
from knowledge.models import Article, Source


class JobPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """The list of jobs, and how one that failed is tried again."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All jobs, those under way first."""
        self._may(self.has_view_permission(request))
        rows = jobs.everything()
        context = self.admin_site.each_context(request) | {
            "title": "Jobs",
            "opts": self.opts,
            "active": [row for row in rows if row.active],
            "rest": [row for row in rows if not row.active],
            "has_imports": any(row.kind == "import" for row in rows),
            "may_add": self.has_add_permission(request),
            "may_retry": {
                "source": request.user.has_perm("knowledge.change_source"),
                "embedding": request.user.has_perm("knowledge.change_article"),
            },
        }
        return TemplateResponse(request, "admin/knowledge/importjob/jobs.html", context)

    def states_view(self, request: HttpRequest) -> JsonResponse:
        """How far each job is that is under way."""
        self._may(self.has_view_permission(request))
        return JsonResponse({"jobs": [row.state for row in jobs.everything() if row.active]})

    def sync_view(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Have a source synced now."""
        self._may(request.user.has_perm("knowledge.change_source"))
        source = get_object_or_404(Source, pk=source_id)
        return self._ask(request, lambda: tasks.sync_source.delay(source.pk), f"“{source}” is synced by a worker.")

    def index_view(self, request: HttpRequest) -> HttpResponse:
        """Give all articles whose embedding was given up another chance."""
        self._may(request.user.has_perm("knowledge.change_article"))
        failed = Article.objects.filter(index_state=Article.IndexState.FAILED).values_list("pk", flat=True)
        count = sum(map(ingestion.retry, failed))
        self.message_user(request, f"{count} to be indexed again.", messages.SUCCESS)
        return self._to_list()

    def _ask(self, request: HttpRequest, send: Any, said: str) -> HttpResponse:
        try:
            send()
        except Exception as error:  # noqa: BLE001 - the broker is away
            self.message_user(request, f"The task queue cannot be reached ({type(error).__name__}).", messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
        return self._to_list()

    @staticmethod
    def _to_list() -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:knowledge_importjob_changelist"))

    @staticmethod
    def _may(allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("states/", view(self.states_view), name="knowledge_importjob_states"),
            path("sync/<int:source_id>/", view(require_POST(self.sync_view)), name="knowledge_importjob_sync"),
            path("index-again/", view(require_POST(self.index_view)), name="knowledge_importjob_index"),
            *super().get_urls(),
        ]
