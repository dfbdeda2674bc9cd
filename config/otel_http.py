"""Spans of HTTP requests, by OpenTelemetry's instrumentation of Django, which is made to fit a server on an event loop.

It is shown a request without what says who asks and what for: the query, the address, the browser. Imported only where
tracing is on (config.tracing), before Django puts its middleware together.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.django.middleware.otel_middleware import _DjangoMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import Span, TracerProvider

from config.common.address import is_internal
from config.paths import PROBES_AND_FILES

# Right behind the middleware that gives the request its id.
_POSITION = 3


class HttpMiddleware(_DjangoMiddleware):
    """The instrumentation's middleware, on the event loop: as it comes, Django would run every view in a thread."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[ASGIRequest], Awaitable[HttpResponseBase]]) -> None:
        super().__init__(get_response)  # type: ignore[no-untyped-call]
        markcoroutinefunction(self)  # type: ignore[type-var]

    async def __call__(self, request: ASGIRequest) -> HttpResponseBase:
        if request.path.startswith(PROBES_AND_FILES):
            return await self.get_response(request)  # type: ignore[no-any-return]
        whole, request.scope = request.scope, _shown(request)
        self.process_request(request)  # type: ignore[no-untyped-call]
        request.scope = whole
        try:
            response = await self.get_response(request)
        except BaseException:
            # Whoever asked is gone.
            request.META.pop(self._environ_activation_key).__exit__(None, None, None)
            raise
        return self.process_response(request, response)  # type: ignore[no-any-return,no-untyped-call]

    def process_exception(self, request: ASGIRequest, exception: Exception) -> None:
        """Django's hook for what a view raised: not told, since its message may quote what a customer wrote."""


def _shown(request: ASGIRequest) -> dict[str, Any]:
    """The scope without what is nobody's business, and without a trace that a stranger wants to be part of."""
    peer, forwarded = request.META.get("REMOTE_ADDR") or "", request.headers.get("X-Forwarded-For", "")
    hidden = {b"user-agent"} if is_internal(peer, forwarded) else {b"user-agent", b"traceparent", b"tracestate"}
    headers = [(name, value) for name, value in request.scope["headers"] if name not in hidden]
    return {**request.scope, "query_string": b"", "client": None, "headers": headers}


def _begun(span: Span, request: ASGIRequest) -> None:
    span.set_attribute("replywell.request_id", request.request_id)  # type: ignore[attr-defined]


def _ended(span: Span, request: ASGIRequest, response: HttpResponseBase) -> None:
    # The pattern, also of addresses that are not known before a slash is taken away.
    route = request.resolver_match.route if request.resolver_match else ""
    span.update_name(f"{request.method} {route}".strip())


class _Instrumentor(DjangoInstrumentor):
    _opentelemetry_middleware = f"{HttpMiddleware.__module__}.{HttpMiddleware.__qualname__}"


def instrument(provider: TracerProvider) -> None:
    """Trace the requests of this process."""
    # The names that are stable by now.
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    _Instrumentor().instrument(
        tracer_provider=provider,
        meter_provider=NoOpMeterProvider(),
        middleware_position=_POSITION,
        excluded_urls="",
        request_hook=_begun,
        response_hook=_ended,
    )
