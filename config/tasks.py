"""What is told of Celery tasks: counts, log lines with the ids of what asked for them, and spans of its trace.

Who publishes a task puts a `traceparent` and its request's id into the task's headers. A task that nobody's request led to, such as
those of the schedule, belongs to no trace.
"""

import time
from typing import Any

import structlog
from celery import signals

from config.common import events, metrics, tracing

# By the task's id: when it began, and its span.
_running: dict[str, tuple[float, tracing.Span]] = {}


@signals.before_task_publish.connect  # type: ignore[untyped-decorator]
def _send_along(headers: dict[str, Any], **_: Any) -> None:
    if trace := tracing.carrier():
        headers["traceparent"] = trace
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        headers["request_id"] = request_id


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
def _begin(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    ids = {"task": task.name, "task_id": task_id}
    if request_id := task.request.get("request_id"):
        ids["request_id"] = request_id
    structlog.contextvars.bind_contextvars(**ids)
    attributes = {
        "messaging.system": "celery",
        "messaging.operation.type": "process",
        "messaging.destination.name": (task.request.delivery_info or {}).get("routing_key"),
        "messaging.message.id": task_id,
    }
    span = tracing.span(
        f"process {task.name}", attributes, kind="consumer", parent=task.request.get("traceparent") or ""
    )
    span.__enter__()
    _running[task_id] = time.perf_counter(), span


@signals.task_postrun.connect  # type: ignore[untyped-decorator]
def _end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    started, span = _running.pop(task_id, (None, tracing.OFF))
    if state == "FAILURE":
        span.failed("task failed")
    span.__exit__(None, None, None)
    if started is not None:
        metrics.TASK_SECONDS.labels(task.name).observe(time.perf_counter() - started)
    structlog.contextvars.clear_contextvars()


@signals.task_success.connect  # type: ignore[untyped-decorator]
def _ok(sender: Any, **_: Any) -> None:
    metrics.TASKS.labels(sender.name, "ok").inc()


@signals.task_retry.connect  # type: ignore[untyped-decorator]
def _retried(sender: Any, **_: Any) -> None:
    metrics.TASKS.labels(sender.name, "retried").inc()


@signals.task_failure.connect  # type: ignore[untyped-decorator]
def _failed(sender: Any, exception: BaseException, **_: Any) -> None:
    """Also in the worker's main process, for a task that killed its child."""
    metrics.TASKS.labels(sender.name, "failed").inc()
    reason = type(exception).__name__
    events.emit(events.Event.TASK_FAILED, "error", exc_info=exception, task=sender.name, reason=reason)
