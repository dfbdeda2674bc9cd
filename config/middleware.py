"""What every HTTP request passes through: request id, timing, errors, rate limit. All of it on the event loop."""

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from asgiref.sync import markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from config.common import address, errors, events, metrics
from config.common.api import to_domain
from config.common.audit import origin
from config.common.ratelimit import Policy
from config.paths import PROBES_AND_FILES
from support import staff_sessions

Next = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class _Middleware:
    """An asynchronous middleware; Django adapts it where a synchronous one is needed."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)  # type: ignore[type-var]


class ForwardedMiddleware(_Middleware):
    """Drops X-Forwarded-Proto from whoever is not one of TRUSTED_PROXIES: Django would believe it from anybody."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not address.is_trusted(request.META.get("REMOTE_ADDR") or ""):
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return await self.get_response(request)


class RequestIdMiddleware(_Middleware):
    """Gives the request an id, keeps a valid one that came along, and puts it into the logs and the response."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = await self.get_response(request)
        response["X-Request-ID"] = request_id
        return response

    async def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        """Django's hook once the route is known: what it says of a conversation goes into the logs too."""
        if conversation := kwargs.get("conversation_id"):
            structlog.contextvars.bind_contextvars(conversation=str(conversation))


class OriginMiddleware(_Middleware):
    """Lets the audit trail know whose request it is."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with origin.of_request(request):
            return await self.get_response(request)


class TrailingSlashMiddleware(_Middleware):
    """The API answers with and without a trailing slash; its routes are written without."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/api/v1/"):
            request.path_info = request.path_info.rstrip("/")
        return await self.get_response(request)


class NoStoreMiddleware(_Middleware):
    """What the API answers is the caller's alone: tokens and conversations stay in no cache on the way."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if request.path.startswith("/api/v1/"):
            response["Cache-Control"] = "no-store"
        return response


class TimingMiddleware(_Middleware):
    """Says in `Server-Timing` how long we took until the response began; counts the request."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = await self.get_response(request)
        seconds = time.perf_counter() - started
        method = request.method if request.method in _METHODS else "_OTHER"
        # The pattern, not the path: that has ids in it.
        route = request.resolver_match.route if request.resolver_match else ""
        metrics.REQUESTS.labels(method, route, response.status_code).inc()
        metrics.REQUEST_SECONDS.labels(method, route).observe(seconds)
        response["Server-Timing"] = f"app;dur={seconds * 1000:.1f}"
        return response


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class ErrorMiddleware(_Middleware):
    """Every error of the API leaves as a problem document; no stack trace ever leaves."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if response.status_code < 400 or not request.path.startswith("/api/"):
            return response
        if response.get("Content-Type", "").startswith("application/problem+json"):
            return response
        error = errors.DomainError(HTTPStatus(response.status_code).description or "")
        error.status = response.status_code
        error.code = _CODES.get(response.status_code, "internal" if response.status_code >= 500 else "invalid_request")
        return problem(error, request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook for what a view raised."""
        domain = to_domain(exception)
        if domain is None:
            events.emit(events.Event.REQUEST_FAILED, "exception", path=request.path)
            got_request_exception.send(sender=self.__class__, request=request)
            domain = errors.DomainError()
        return problem(domain, request) if request.path.startswith("/api/") else None


_CODES = {400: "invalid_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}


def problem(error: errors.DomainError, request: HttpRequest) -> HttpResponse:
    """`error` as a response outside DRF."""
    document = errors.problem(error, request.path, getattr(request, "request_id", ""))
    response = JsonResponse(document, status=error.status, content_type="application/problem+json")
    if "retry_after" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after"])
    return response


class StaffSessionMiddleware(_Middleware):
    """Ends sessions of staff that have lasted long enough; customers have no such cookie."""

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            await sync_to_async(staff_sessions.tend)(request)
        return await self.get_response(request)


class RateLimitMiddleware(_Middleware):
    """So many requests per address, by `RATE_LIMIT_HTTP`; admits everybody while Redis is away."""

    def __init__(self, get_response: Next) -> None:
        super().__init__(get_response)
        self._policy = Policy("http", settings.RATE_LIMIT_HTTP, fail_open=True)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PROBES_AND_FILES):
            try:
                await asyncio.to_thread(self._policy.check, address.limit_key(address.of_request(request)))
            except errors.DomainError as error:
                return problem(error, request)
        return await self.get_response(request)
