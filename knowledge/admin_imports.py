"""Imports in the admin: upload, see what would happen, confirm or cancel, watch, undo."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from config.common.errors import Conflict
from knowledge import jobs
from knowledge.admin_imports_form import ImportForm
from knowledge.admin_jobs import JobPages
from knowledge.admin_versions import Comparison
from knowledge.imports import deciding, uploads
from knowledge.models import ArticleVersion, ImportItem, ImportJob

PER_PAGE = 50
Plan, State = ImportItem.Plan, ImportJob.State


@dataclass(frozen=True)
class Shown:
    """An item, and what its change is, while that can be said."""

    item: ImportItem
    comparison: Comparison | None
    label: str


@admin.register(ImportJob)
class ImportAdmin(JobPages):
    """Who may add imports uploads and decides; what was decided is written by a worker."""

    form = ImportForm

    def has_delete_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Choose files. Reading them begins at once; nothing is written to any article yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            form.instance.author = request.user
            job = uploads.start(form.instance, form.cleaned_data["files"])
            self.log_addition(request, job, "Uploaded files")
            return HttpResponseRedirect(reverse("admin:knowledge_importjob_change", args=[job.pk]))
        return self._page(request, "upload", "Import files", form=form)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where an import stands, and what it would do, or did, with each document."""
        job = self.get_object(request, object_id)
        if job is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        self._may(self.has_view_permission(request, job))
        counted = dict(job.items.order_by().values_list("plan").annotate(Count("pk")))
        chosen = request.GET.get("plan", "")
        items = job.items.select_related("article")
        if chosen in Plan.values:
            items = items.filter(plan=chosen)
        page = Paginator(items, PER_PAGE).get_page(request.GET.get("p"))
        return self._page(
            request,
            "import",
            f"Import “{job.name}”",
            job=job,
            row=jobs.of_import(job),
            counts=[(plan, _label(job, plan), counted.get(plan.value, 0)) for plan in Plan],
            writes=sum(counted.get(plan.value, 0) for plan in ImportItem.WRITES),
            left=job.items.filter(state=ImportItem.State.LEFT).count(),
            chosen=chosen,
            page=page,
            items=[Shown(item, _comparison(job, item), _item_label(job, item)) for item in page],
            may_undo=deciding.may_undo(job),
            may_change=self.has_change_permission(request, job),
        )

    def item_view(self, request: HttpRequest, job_id: int, item_id: int) -> HttpResponse:
        """What a change would do to an article, line by line; of a new one, its text."""
        self._may(self.has_view_permission(request))
        job = get_object_or_404(ImportJob, pk=job_id)
        item = get_object_or_404(job.items.select_related("article"), pk=item_id)
        comparison = _comparison(job, item)
        label = _item_label(job, item)
        title = item.title or item.where
        return self._page(request, "item", title, job=job, item=item, comparison=comparison, label=label)

    def confirm_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Have what was shown written."""
        return self._decide(request, job_id, deciding.confirm, "Confirmed", "A worker writes the articles.")

    def cancel_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """End the import where it is."""
        return self._decide(request, job_id, deciding.cancel, "Cancelled", "Cancelled. Nothing more is written.")

    def undo_view(self, request: HttpRequest, job_id: int) -> HttpResponse:
        """Have what was written taken back."""
        return self._decide(request, job_id, deciding.undo, "Undone", "A worker takes the import back.")

    def progress_view(self, request: HttpRequest, job_id: int) -> JsonResponse:
        """How far an import is."""
        self._may(self.has_view_permission(request))
        row = jobs.of_import(get_object_or_404(ImportJob, pk=job_id))
        return JsonResponse({"jobs": [row.state] if row.active else []})

    def _decide(self, request: HttpRequest, job_id: int, step: Any, logged: str, said: str) -> HttpResponse:
        job = get_object_or_404(ImportJob, pk=job_id)
        self._may(self.has_change_permission(request, job))
        try:
            step(job.pk)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.log_change(request, job, logged)
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:knowledge_importjob_change", args=[job.pk]))

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> TemplateResponse:
        context |= self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/knowledge/importjob/{name}.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        steps = [("confirm", self.confirm_view), ("cancel", self.cancel_view), ("undo", self.undo_view)]
        return [
            *(
                path(f"<int:job_id>/{name}/", view(require_POST(step)), name=f"knowledge_importjob_{name}")
                for name, step in steps
            ),
            path("<int:job_id>/progress/", view(self.progress_view), name="knowledge_importjob_progress"),
            path("<int:job_id>/items/<int:item_id>/", view(self.item_view), name="knowledge_importjob_item"),
            *super().get_urls(),
        ]


def _label(job: ImportJob, plan: ImportItem.Plan) -> str:
    """What happens with documents of this plan; once it was decided, what happened."""
    decided = job.state in (State.APPLYING, State.DONE, State.UNDOING, State.UNDONE)
    return plan.label if decided else ImportItem.AHEAD.get(plan, plan.label)


def _item_label(job: ImportJob, item: ImportItem) -> str:
    """The same of one document, of which nothing may have come."""
    if item.state == ImportItem.State.APPLIED or item.plan not in ImportItem.WRITES:
        return Plan(item.plan).label
    if item.state == ImportItem.State.PLANNED and job.state in (State.CANCELLED, State.FAILED):
        return "Not written"
    return ImportItem.AHEAD[Plan(item.plan)] if item.state != ImportItem.State.UNDONE else Plan(item.plan).label


def _comparison(job: ImportJob, item: ImportItem) -> Comparison | None:
    """From the article's version at the planning to what the import makes of it; None where neither is known."""
    if item.plan not in (Plan.CREATE, Plan.CHANGE):
        return None
    versions = {}
    if item.article is not None:
        wanted = (item.base_version, item.made_version)
        versions = {version.number: version for version in item.article.versions.filter(number__in=wanted)}
    older = versions.get(item.base_version) if item.plan == Plan.CHANGE else None
    newer = versions.get(item.made_version) if item.made_version else None
    if newer is None and item.body:
        newer = ArticleVersion(title=item.title, body=item.body)
    if newer is None or (older is None and item.plan == Plan.CHANGE):
        return None
    return Comparison(older, newer)
