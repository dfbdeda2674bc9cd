"""E-mails about changed second factors that could not be sent: administrators see them, send them again, or tell the owner themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse

from support.models import FactorNotice
from support.second_factor import telling

_DONE = {
    "again": (telling.send_again, "It is sent again within half a minute."),
    "settle": (telling.settle, "It is taken care of."),
}


def rows(user: Any) -> list[FactorNotice]:
    """What the user is to look after: those who may reset others' second factors, all of it."""
    return list(telling.undelivered()) if user.is_superuser else []


def view(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one again that was given up, or say that its owner was told."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied
    act, said = _DONE.get(request.POST.get("do", ""), (None, ""))
    if act is None or not act(pk):
        raise Http404
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:support_notificationplan_changelist"))
