"""Past answers that cite an article: which of them a correction of it may have made wrong."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from knowledge.admin_pages import article_page
from knowledge.models import Article
from support.models import Message
from support.workplaces import reach

PER_PAGE = 20


def answers(article: Article, user: Any) -> QuerySet[Message]:
    """The messages that cite the article, in the inboxes of a member of staff, the newest first."""
    cites: list[dict[str, Any]] = [{"article_id": str(article.pk)}]
    rows = Message.objects.filter(citations__contains=cites).exclude(citations=[]).order_by("-created_at", "-seq")
    return reach.within(rows.select_related("conversation__customer"), user, "conversation__inbox")


def older(article: Article, user: Any) -> QuerySet[Message]:
    """Those that cite none of the article as it is now."""
    now: list[dict[str, Any]] = [{"article_id": str(article.pk), "version": article.version}]
    return answers(article, user).exclude(citations__contains=now)


def citing_view(request: HttpRequest, article_id: UUID) -> HttpResponse:
    """The answers that cite an older version; with `?all=1`, all that cite the article."""
    if not request.user.has_perms(["support.view_conversation", "knowledge.view_article"]):
        raise PermissionDenied
    article = get_object_or_404(Article, pk=article_id)
    everything = "all" in request.GET
    found = answers(article, request.user) if everything else older(article, request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    rows = [{"message": message, "versions": _versions(message, article)} for message in page]
    model_admin = admin.site.get_model_admin(Article)
    context = {"page": page, "rows": rows, "everything": everything}
    return article_page(model_admin, request, "citing", article, f"Answers from “{article.title}”", **context)


def _versions(message: Message, article: Article) -> list[int]:
    """The versions of the article that the message cites."""
    cited = [each for each in message.citations if each["article_id"] == str(article.pk)]
    return sorted({each["version"] for each in cited})


def urls() -> list[URLPattern]:
    """Below the conversations' pages: whoever may see those may see these answers."""
    view = admin.site.admin_view(citing_view)
    return [path("citing/<uuid:article_id>/", view, name="support_conversation_citing")]
