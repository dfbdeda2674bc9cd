"""What is told of sockets, frames and turns: counts, spans, and the ids that their log lines carry."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from agents.turn import Usage
from config.common import metrics, tracing
from support.live import Topic
from support.models import Run

# Codes a socket is closed with that are worth telling apart; a client may send any other number.
_CODES = {1000, 1001, 1005, 1006, 1007, 1009, 1011, 1012, 4001, 4002, 4003, 4004, 4500, 4501, 4502}

SocketKind = Literal["customer", "staff"]
TurnOutcome = Literal["answered", "not_known", "refused", "escalated", "fenced", "retried", "failed", "cancelled"]


def closed(socket: SocketKind, code: int) -> None:
    """A socket is closed with this code, by either side."""
    metrics.SOCKETS_CLOSED.labels(socket, str(code) if code in _CODES else "other").inc()


def counted(socket: SocketKind, frame: str, outcome: str = "ok") -> None:
    """A frame of this type has been dealt with; outcome: ok, or the code of the error that answered it."""
    metrics.FRAMES.labels(socket, frame, outcome).inc()


@contextmanager
def frame(socket: SocketKind, type_: str, arrived: float) -> Iterator[tracing.Span]:
    """While a frame is worked on. It begins a trace, and its log lines carry an id that its error carries too.

    arrived: on time.perf_counter.
    """
    request_id = uuid.uuid4().hex
    attributes = {"replywell.socket": socket, "replywell.frame": type_, "replywell.request_id": request_id}
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        with tracing.span(f"frame {type_}", attributes, kind="server", root=True) as span:
            span.set({"replywell.waited_ms": (time.perf_counter() - arrived) * 1000})
            yield span
    metrics.FRAME_SECONDS.labels(socket, type_).observe(time.perf_counter() - arrived)


def request_id() -> str:
    """The id of the request or frame being worked on; a new one outside of both."""
    bound: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return bound or uuid.uuid4().hex


def sending(topic: Topic, frame: dict[str, Any]) -> tracing.Span:
    """While a frame is sent: a new message is the end of the trace of what led to it, in whatever process that was."""
    if not topic.traces or frame["type"] != "message.created":
        return tracing.OFF
    seq = frame["message"]["seq"]
    trace = topic.traces.get(seq, "")
    return tracing.span("send message.created", {"replywell.seq": seq}, parent=trace) if trace else tracing.OFF


@dataclass
class Turn:
    """How a turn goes. engine: who answered, if anybody did."""

    span: tracing.Span
    started: float
    outcome: TurnOutcome = "cancelled"
    engine: str = ""

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.started

    def ended(self, outcome: TurnOutcome, engine: str = "", usage: Usage | None = None) -> None:
        """The turn is over."""
        self.outcome, self.engine = outcome, engine
        if usage is None:
            return
        if usage.first_token_ms is not None:
            metrics.FIRST_TOKEN_SECONDS.observe(usage.first_token_ms / 1000)
        if usage.model_calls:
            self.span.set(
                {
                    "gen_ai.usage.input_tokens": usage.input_tokens,
                    "gen_ai.usage.output_tokens": usage.output_tokens,
                    "gen_ai.response.model": usage.model,
                }
            )


@contextmanager
def turn(run: Run) -> Iterator[Turn]:
    """While the agent works on a run: a part of the trace of the message that asked for it, in whatever process."""
    ids = {"run": str(run.id), "conversation": str(run.conversation_id)}
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "CustomerSupportAgent",
        "gen_ai.conversation.id": ids["conversation"],
        "replywell.run": ids["run"],
        "replywell.attempt": run.attempt,
    }
    with structlog.contextvars.bound_contextvars(**ids):
        with tracing.span("invoke_agent CustomerSupportAgent", attributes, parent=run.trace, root=True) as span:
            seen = Turn(span, time.perf_counter())
            try:
                yield seen
            finally:
                metrics.TURNS.labels(seen.outcome, seen.engine).inc()
                if seen.engine:
                    metrics.TURN_SECONDS.labels(seen.engine).observe(seen.seconds)
                span.set({"replywell.outcome": seen.outcome, "replywell.engine": seen.engine or None})
