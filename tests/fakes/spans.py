"""A receiver of OpenTelemetry's spans on a real socket: decodes what OTLP over HTTP brings."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes.receiver import Received, Receiver


@dataclass(frozen=True)
class Span:
    """One span; `parent` is empty for the first of a trace."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    attributes: dict[str, Any]
    failed: bool
    service: str
    process: str


class SpanReceiver(Receiver):
    """All spans that came, and everything that was sent, as text to be searched."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[Span]:
        """What has come so far."""
        return [span for request in list(self.received) for span in _decoded(request)]

    def everything(self) -> bytes:
        """The bodies as they came over the wire, decompressed."""
        return b"".join(_body(request) for request in list(self.received))

    def until(self, found: Callable[[list[Span]], Any], seconds: float = 90) -> list[Span]:
        """The spans, once `found` is true of them."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: found(self.spans()), seconds), [span.name for span in self.spans()]
        return self.spans()


def _body(request: Received) -> bytes:
    return gzip.decompress(request.body) if request.headers.get("content-encoding") == "gzip" else request.body


def _decoded(request: Received) -> list[Span]:
    message = ExportTraceServiceRequest.FromString(_body(request))
    found = []
    for group in message.resource_spans:
        resource = {item.key: item.value.string_value for item in group.resource.attributes}
        for scope in group.scope_spans:
            for span in scope.spans:
                found.append(
                    Span(
                        name=span.name,
                        trace=span.trace_id.hex(),
                        id=span.span_id.hex(),
                        parent=span.parent_span_id.hex(),
                        kind=span.kind,
                        attributes={item.key: _value(item.value) for item in span.attributes},
                        failed=span.status.code == 2,
                        service=resource["service.name"],
                        process=resource["service.instance.id"],
                    )
                )
    return found


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind)
