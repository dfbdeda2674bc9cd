"""The versions of an article in the admin: who, when, what changed; any two compared; an earlier one restored."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from config.common.audit.actions import Action
from config.common.audit.trail import record
from knowledge import ingestion, textdiff
from knowledge.admin_pages import article_page
from knowledge.ingestion import Draft
from knowledge.models import Article, ArticleVersion

PER_PAGE = 20


@dataclass(frozen=True)
class Comparison:
    """What leads from one version to another; `older` is None when there is nothing before `newer`."""

    older: ArticleVersion | None
    newer: ArticleVersion

    @property
    def retitled(self) -> bool:
        return self.older is not None and self.older.title != self.newer.title

    @property
    def rows(self) -> list[textdiff.Row] | None:
        """None when the texts are too long to be compared."""
        return textdiff.compare(self.older.body if self.older else "", self.newer.body)

    @property
    def summary(self) -> str:
        """What changed, in a few words."""
        rows = self.rows
        if self.older is None:
            return "First version"
        if rows is None:
            return "Too much changed to be counted"
        added, removed = textdiff.counts(rows)
        parts = ["new title"] if self.retitled else []
        parts += [f"{added:,} line{'' if added == 1 else 's'} added"] if added else []
        parts += [f"{removed:,} line{'' if removed == 1 else 's'} removed"] if removed else []
        return ", ".join(parts).capitalize() or "Nothing"


class VersionPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """The pages of an article's versions. None of them changes a version: restoring one makes a further one."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The article's versions, newest first, and how much each changed."""
        article = self.get_object(request, object_id)
        if article is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined, no-any-return]
        self._may(self.has_view_or_change_permission(request, article))
        page = Paginator(article.versions.select_related("author"), PER_PAGE).get_page(request.GET.get("p"))
        numbers = {version.number for version in page}
        numbers |= {number - 1 for number in numbers}
        bodies = {version.number: version for version in article.versions.filter(number__in=numbers)}
        comparisons = [Comparison(bodies.get(version.number - 1), version) for version in page]
        context = {"page": page, "comparisons": comparisons, "second_newest": max(1, article.version - 1)}
        return article_page(self, request, "versions", article, f"Versions of “{article.title}”", **context)

    def compare_view(self, request: HttpRequest, article_id: UUID) -> HttpResponse:
        """What changed between the versions `?from=` and `?to=`, in that order; without `from`, since the one before."""
        article = get_object_or_404(Article, pk=article_id)
        self._may(self.has_view_or_change_permission(request, article))
        newer = self._version(article, request.GET.get("to", str(article.version)))
        if "from" in request.GET:
            older: ArticleVersion | None = self._version(article, request.GET["from"])
        else:
            older = article.versions.filter(number=newer.number - 1).first()
        title = f"Version {older.number} and version {newer.number}" if older else f"Version {newer.number}"
        return article_page(self, request, "compare", article, title, comparison=Comparison(older, newer))

    def restore_view(self, request: HttpRequest, article_id: UUID, number: int) -> HttpResponse:
        """Make an earlier text the current one, as a new version: nothing is lost, so this can be undone too."""
        article = get_object_or_404(Article, pk=article_id)
        self._may(self.has_change_permission(request, article))
        version = self._version(article, str(number))
        current = self._version(article, str(article.version))
        if request.method == "POST" and request.POST.get("seen_version") == str(current.number):
            return self._restore(request, article, version)
        if request.method == "POST":
            text = "The article was changed meanwhile, and nothing was restored. This is what would change now."
            self.message_user(request, text, messages.WARNING)
        comparison = Comparison(current, version)
        return article_page(self, request, "restore", article, f"Restore version {number}?", comparison=comparison)

    def _restore(self, request: HttpRequest, article: Article, version: ArticleVersion) -> HttpResponse:
        with transaction.atomic():
            saved, changed = ingestion.save(Draft(title=version.title, body=version.body, author=request.user), article)
            if changed:
                record(Action.ARTICLE_RESTORED, "article", saved.pk, restored=version.number, version=saved.version)
        if changed:
            self.log_change(request, saved, f"Restored version {version.number} as version {saved.version}")
            text = f"Version {version.number} is the current text again, as version {saved.version}."
        else:
            text = f"Version {version.number} is what the article says already."
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:knowledge_article_history", args=[article.pk]))

    @staticmethod
    def _may(allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    @staticmethod
    def _version(article: Article, number: str) -> ArticleVersion:
        """Raises Http404."""
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise Http404
        return get_object_or_404(article.versions.select_related("author"), number=int(number))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        restore = view(require_http_methods(["GET", "POST"])(self.restore_view))
        return [
            path("<uuid:article_id>/compare/", view(self.compare_view), name="knowledge_article_compare"),
            path("<uuid:article_id>/restore/<int:number>/", restore, name="knowledge_article_restore"),
            *super().get_urls(),
        ]
