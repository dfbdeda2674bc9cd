"""The pages customers see: the demo site, the chat, and the loader that puts it on any site."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from config.common.errors import NotFound
from knowledge.api.queries import valid_now
from knowledge.models import Article
from knowledge.rendering import to_html
from sessions_app import services
from sessions_app.models import Inbox
from sessions_app.sites import normalise

HELP_PREFIX = "help/"


def _site(request: HttpRequest) -> dict[str, Any]:
    """What every page of the demo site needs. Its inbox is the oldest one."""
    inbox = Inbox.objects.filter(is_active=True).order_by("created_at").first()
    return {
        "inbox_key": inbox.key if inbox else "",
        "base_url": request.build_absolute_uri("/").rstrip("/"),
        "staff_url": "/admin/",
    }


def _published() -> Any:
    return Article.objects.filter(
        valid_now(),
        status=Article.Status.PUBLISHED,
        audience=Article.Audience.EVERYONE,
        external_id__startswith=HELP_PREFIX,
    )


def _summary(body: str) -> str:
    """The article's first paragraph."""
    paragraphs = (part.strip() for part in body.split("\n\n"))
    first = next((" ".join(part.split()) for part in paragraphs if part and not part.startswith("#")), "")
    plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", first)
    return plain if len(plain) <= 180 else plain[:180].rsplit(None, 1)[0] + " …"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The demo site: the widget, and the help articles it answers from."""
    articles = [
        {
            "title": article.title,
            "slug": article.external_id.removeprefix(HELP_PREFIX),
            "summary": _summary(article.versions.all()[0].body),
        }
        for article in _published().prefetch_related("versions")
    ]
    return render(request, "demo/index.html", _site(request) | {"articles": articles})


@require_safe
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    """One help article."""
    article = _published().filter(external_id=HELP_PREFIX + slug).first()
    if article is None:
        raise Http404
    shown = {
        "title": article.title,
        "html": to_html(article.versions.first().body),
        "updated_at": article.updated_at,
    }
    return render(request, "demo/article.html", _site(request) | {"article": shown})


@require_safe
@xframe_options_exempt
def chat(request: HttpRequest, inbox_key: str) -> HttpResponse:
    """The chat itself, as a page or in the widget's frame. Only the inbox's sites may frame it."""
    try:
        inbox = services.find_inbox(inbox_key)
    except NotFound as error:
        raise Http404 from error
    config = {
        "inbox": inbox.key,
        "name": inbox.name,
        "locale": inbox.locale,
        "accent": inbox.accent_color,
        "welcome": inbox.welcome_text,
        "suggestions": inbox.suggestions,
        "base": request.build_absolute_uri("/").rstrip("/"),
    }
    response = render(
        request, "widget/chat.html", {"inbox": inbox, "config": config, "embed": request.GET.get("embed") == "1"}
    )
    sites = [site for site in map(normalise, inbox.allowed_sites) if site]
    response._csp_update = {"frame-ancestors": sites}  # type: ignore[attr-defined]
    return response


@require_safe
@cache_control(public=True, max_age=300)
def widget_js(request: HttpRequest) -> HttpResponse:
    """The loader: one file, the same for every site."""
    response = HttpResponse(_loader(), content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _loader() -> bytes:
    return (Path(settings.BASE_DIR) / "static" / "widget" / "loader.js").read_bytes()
