"""Spans where tracing is on, and next to nothing where it is off, which is the default.

Off, `span` returns one shared object that does nothing, and OpenTelemetry's SDK is not even imported. `config.tracing` switches it
on. Attributes carry ids, names and numbers; what people or models wrote only goes in through `content`, which asks first.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

Kind = Literal["internal", "server", "client", "consumer"]
Attributes = Mapping[str, Any]
NONE: Attributes = {}


class Span(Protocol):
    """A part of a trace, which lasts as long as its `with` block; an exception that leaves it is named, not quoted."""

    def __enter__(self) -> "Span": ...

    def __exit__(self, *exc_info: Any) -> None: ...

    def rename(self, name: str) -> None:
        """A better name, once it is known."""

    def set(self, attributes: Attributes) -> None:
        """Add attributes; a value of None is left out."""

    def content(self, attributes: Callable[[], Attributes]) -> None:
        """Add what was written, only if the installation asks for it."""

    def failed(self, kind: str) -> None:
        """It went wrong, in a way of this name."""


class _Off:
    """The span of an installation that does not trace."""

    def __enter__(self) -> "_Off":
        return self

    def __exit__(self, *exc_info: Any) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def set(self, attributes: Attributes) -> None:
        pass

    def content(self, attributes: Callable[[], Attributes]) -> None:
        pass

    def failed(self, kind: str) -> None:
        pass


class Tracer(Protocol):
    """What makes spans (config.otel)."""

    def span(
        self, name: str, attributes: Attributes, kind: Kind, parent: str, root: bool, current: bool
    ) -> Span | None:
        """A span; None when it would belong to no trace."""

    def carrier(self) -> str:
        """The running span as a W3C `traceparent`; empty when there is none."""


OFF: Span = _Off()
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Trace with `tracer` from now on; None: no more."""
    global _tracer
    _tracer = tracer


def span(
    name: str,
    attributes: Attributes = NONE,
    *,
    kind: Kind = "internal",
    parent: str = "",
    root: bool = False,
    current: bool = True,
) -> Span:
    """A span below `parent` (a `traceparent`), or below the running one.

    root: it may begin a trace; others are left out where there is none, so that background work leaves no crumbs.
    current: what is begun inside is below it; not in an async generator, whose blocks do not nest.
    """
    if _tracer is None:
        return OFF
    return _tracer.span(name, attributes, kind, parent, root, current) or OFF


def carrier() -> str:
    """The running span as a W3C `traceparent`, to be handed to other processes; empty when there is none."""
    return "" if _tracer is None else _tracer.carrier()
