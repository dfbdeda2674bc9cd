"""Spans by OpenTelemetry's SDK. Imported only where tracing is on (config.tracing)."""

import asyncio
from contextvars import Token
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from config.common.tracing import Attributes, Kind, Span

_KINDS = {kind: SpanKind[kind.upper()] for kind in ("internal", "server", "client", "consumer")}
_TRACEPARENT = "traceparent"
_propagator = TraceContextTextMapPropagator()


class OtelSpan:
    """One span. Exceptions are named by their class: their messages may quote what a customer wrote."""

    def __init__(self, span: trace.Span, *, current: bool, captures: bool) -> None:
        self._span = span
        self._current = current
        self._captures = captures
        self._token: Token[Context] | None = None

    def __enter__(self) -> "OtelSpan":
        if self._current:
            self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if self._token is not None:
            contexts.detach(self._token)
        if kind is not None and issubclass(kind, Exception):
            self.failed(kind.__name__)
        elif kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit):
            self._span.set_attribute("replywell.cancelled", True)
        self._span.end()

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def set(self, attributes: Attributes) -> None:
        self._span.set_attributes({name: value for name, value in attributes.items() if value is not None})

    def content(self, attributes: Any) -> None:
        if self._captures:
            self.set(attributes())

    def failed(self, kind: str) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


class OtelTracer:
    """Makes spans and sends them by OTLP over HTTP; where to, how many and how often, the standard variables say."""

    def __init__(self, service: str, *, captures: bool) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("replywell")
        self._captures = captures

    def span(
        self, name: str, attributes: Attributes, kind: Kind, parent: str, root: bool, current: bool
    ) -> Span | None:
        """A span below `parent`, or the running one; None when it would belong to no trace and may not begin one."""
        above = _propagator.extract({_TRACEPARENT: parent}) if parent else None
        if not root and not trace.get_current_span(above).get_span_context().is_valid:
            return None
        span = self._tracer.start_span(name, above, _KINDS[kind], record_exception=False, set_status_on_exception=False)
        made = OtelSpan(span, current=current, captures=self._captures)
        made.set(attributes)
        return made

    def carrier(self) -> str:
        """The running span as a `traceparent`."""
        headers: dict[str, str] = {}
        _propagator.inject(headers)
        return headers.get(_TRACEPARENT, "")

    def instrument_http(self) -> None:
        """Also trace the HTTP requests of this process; before Django puts its middleware together."""
        from config.otel_http import instrument

        instrument(self._provider)

    def close(self) -> None:
        """Send what is left; blocks."""
        self._provider.shutdown()
