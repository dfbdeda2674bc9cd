"""“Where you are signed in”: one's own sessions, and for administrators those of others, each of which can be ended."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from support import signed_in
from support.signed_in import SignedIn

OTHERS = "others"


@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """Whoever is signed in sees where they are."""
    if request.session.modified:  # the first request of a session, which was noted but not kept yet
        request.session.save()
    return _page(request, request.user, "Where you are signed in")


@never_cache
def of_user(request: HttpRequest, user_id: int) -> HttpResponse:
    """The same of another member of staff, for whoever may change their account."""
    if not request.user.has_perm("auth.change_user"):
        raise PermissionDenied
    user = get_object_or_404(User, pk=user_id)
    return _page(request, user, f"Where {user.get_username()} is signed in")


def _page(request: HttpRequest, user: Any, title: str) -> HttpResponse:
    sessions = signed_in.of(user)
    here = [one for one in sessions if one.key == request.session.session_key]
    others = [one for one in sessions if one not in here]
    if request.method == "POST":
        return _end(request, user, others)
    context = admin.site.each_context(request) | {
        "title": title,
        "person": user,
        "is_self": user.pk == request.user.pk,
        "here": here,
        "others": others,
        "all": OTHERS,
    }
    return TemplateResponse(request, "admin/auth/user/sessions.html", context)


def _end(request: HttpRequest, user: Any, others: list[SignedIn]) -> HttpResponse:
    """End one session, or all but that of the browser that asks."""
    asked = request.POST.get("end", "")
    chosen = [one for one in others if asked in (OTHERS, one.name)]
    if not chosen and asked != OTHERS:
        raise Http404
    ended = signed_in.end(user, chosen)
    messages.success(request, f"{ended} session{'' if ended == 1 else 's'} ended.")
    return HttpResponseRedirect(request.path)


def urls() -> list[URLPattern]:
    """Below the users' pages."""
    view = admin.site.admin_view
    return [
        path("sessions/", view(mine), name="auth_user_my_sessions"),
        path("<int:user_id>/sessions/", view(of_user), name="auth_user_sessions"),
    ]
