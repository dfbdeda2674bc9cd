"""What the pages about one article in the admin have in common."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from knowledge.models import Article


def article_page(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, name: str, article: Article, title: str, **context: Any
) -> TemplateResponse:
    """The page `admin/knowledge/article/NAME.html`, with what its frame and its buttons ask for."""
    context |= model_admin.admin_site.each_context(request) | {
        "title": title,
        "opts": model_admin.opts,
        "article": article,
        "may_change": model_admin.has_change_permission(request, article),
    }
    return TemplateResponse(request, f"admin/knowledge/article/{name}.html", context)
