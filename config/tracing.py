"""Switches tracing on in the processes that serve: web processes and workers, when there is somewhere to send spans to."""

import threading
from typing import TYPE_CHECKING

from django.conf import settings

from config.common import tracing

if TYPE_CHECKING:
    from config.otel import OtelTracer

# A receiver that does not answer must not hold up the end of a process.
_PATIENCE_SECONDS = 3.0

_tracer: "OtelTracer | None" = None


def set_up(*, http: bool = False) -> None:
    """Trace from now on, if OTEL_EXPORTER_OTLP_ENDPOINT says where to; safe to call twice.

    http: also what Django serves, whose middleware is not put together yet.
    """
    global _tracer
    if settings.TRACING and _tracer is None:
        from config.otel import OtelTracer

        _tracer = OtelTracer(settings.OTEL_SERVICE_NAME, captures=settings.TRACE_CONTENT)
        if http:
            _tracer.instrument_http()
        tracing.use(_tracer)


def shut_down() -> None:
    """Send what is left, and trace no more; takes a few seconds at most."""
    global _tracer
    if _tracer is not None:
        tracing.use(None)
        sending = threading.Thread(target=_tracer.close, name="last spans", daemon=True)
        sending.start()
        sending.join(_PATIENCE_SECONDS)
        _tracer = None
