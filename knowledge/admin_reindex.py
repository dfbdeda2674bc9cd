"""The search index in the admin: how it was made, how far a rebuild is, start, abort, and how the last ones ended."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from config.common.errors import Conflict
from knowledge import recipes, tasks
from knowledge.models import Chunk, IndexRecord, Reindex
from knowledge.reindex import runs, tables

SHOWN = 10


@admin.register(Reindex)
class ReindexAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One page. Rebuilds are never written by forms; to start and abort them is for administrators."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reindex | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        recipe = recipes.in_use()
        context = self.admin_site.each_context(request) | {
            "title": "Search index",
            "opts": self.opts,
            "may_change": self.has_change_permission(request),
            "recipe": recipe,
            "record": IndexRecord.objects.first(),
            "passages": Chunk.objects.count(),
            "configured": settings.EMBEDDING_MODEL,
            "is_configured": recipe.model.name == settings.EMBEDDING_MODEL,
            "active": (active := runs.active()),
            "progress": _progress(active),
            "leftover": active is None and tables.exist(),
            "ended": Reindex.objects.exclude(state__in=Reindex.ACTIVE).select_related("author")[:SHOWN],
        }
        return TemplateResponse(request, "admin/knowledge/reindex/index.html", context)

    def progress_view(self, request: HttpRequest) -> JsonResponse:
        """How far the rebuild is that is under way, `{}` if none is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(_progress(runs.active()))

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Have a worker rebuild the index, or go on with what was interrupted."""
        self._only_who_may(request)
        try:
            with runs.alone():
                made = runs.start(by_worker=True, author=request.user)
            tasks.reindex.delay(made.pk, made.turn)
        except Conflict as error:
            self.message_user(request, str(error), messages.ERROR)
        except Exception as error:  # noqa: BLE001 - the broker is away
            text = f"The task queue cannot be reached ({type(error).__name__}). The rebuild begins when it can."
            self.message_user(request, text, messages.WARNING)
        else:
            self.message_user(request, "A worker rebuilds the index. Searches go on meanwhile.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:knowledge_reindex_changelist"))

    def abort_view(self, request: HttpRequest) -> HttpResponse:
        """End the rebuild, and throw away what it made."""
        self._only_who_may(request)
        try:
            runs.abort()
        except Conflict as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, "Aborted. The live index is as it was.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:knowledge_reindex_changelist"))

    def _only_who_may(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied

    def get_urls(self) -> list[URLPattern]:
        """No form of Django's own: these rows are not edited."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="knowledge_reindex_changelist"),
            path("progress/", view(self.progress_view), name="knowledge_reindex_progress"),
            path("start/", view(require_POST(self.start_view)), name="knowledge_reindex_start"),
            path("abort/", view(require_POST(self.abort_view)), name="knowledge_reindex_abort"),
        ]


def _progress(active: Reindex | None) -> dict[str, Any]:
    """`{id, label, done, total, text}`; empty when nothing is under way."""
    if active is None:
        return {}
    is_running = active.state == Reindex.State.RUNNING
    label = Reindex.Stage(active.stage).label if is_running else Reindex.State(active.state).label
    if active.abort_requested:
        label = "Aborting"
    elif is_running and not active.by_worker and runs.holder() is None:
        label = "Interrupted"
    text = f"{active.done:,} of {active.total:,}" if active.total else ""
    return {"id": active.pk, "label": label, "done": active.done, "total": active.total, "text": text}
