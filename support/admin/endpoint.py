"""The console's JSON endpoints: signed-in staff with the right permission, in an inbox of theirs, and problem documents for what goes
wrong."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.cache import never_cache

from config.common import errors
from config.common.api import to_domain
from support import queries
from support.models import Conversation

View = Callable[[HttpRequest, Conversation], HttpResponse]
Route = Callable[[HttpRequest, UUID], HttpResponse]


def endpoint(method: str, *permissions: str) -> Callable[[View], Route]:
    """Let `method` requests of staff with all of `permissions` through, who may work in the conversation's inbox.

    A script cannot follow a redirect to the sign-in page: it is told 401 and 403, in the form of the REST API.
    """

    def decorate(view: View) -> Route:
        @wraps(view)
        def wrapped(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
            if request.method != method:
                return HttpResponseNotAllowed([method])
            try:
                if not admin.site.has_permission(request):
                    raise errors.Unauthorized("Please sign in.")
                if not request.user.has_perms(permissions):
                    raise errors.Forbidden("Your account does not allow this.")
                return view(request, queries.of_staff(conversation_id, request.user))
            except Exception as error:
                domain = to_domain(error)
                if domain is None:
                    raise
                return _problem(domain, request)

        return never_cache(wrapped)

    return decorate


def _problem(error: errors.DomainError, request: HttpRequest) -> HttpResponse:
    document = errors.problem(error, request.path, getattr(request, "request_id", ""))
    return JsonResponse(document, status=error.status, content_type="application/problem+json")


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the request; Invalid for anything else."""
    try:
        record = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise errors.Invalid("The body is not valid JSON.") from error
    if not isinstance(record, dict):
        raise errors.Invalid("The body must be a JSON object.")
    return record
