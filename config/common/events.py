"""The closed catalogue of log events. Fields are ids and numbers; message text, tokens and vectors are refused."""

from enum import StrEnum
from typing import Any

import structlog

from config.common import metrics


class Event(StrEnum):
    """Every event the product logs by itself."""

    PROCESS_READY = "process.ready"
    PROCESS_DRAINING = "process.draining"
    REQUEST_FAILED = "request.failed"
    FRAME_FAILED = "frame.failed"
    SOCKET_REFUSED = "socket.refused"
    SOCKET_CLOSED = "socket.closed"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    SESSION_RECORD_REFUSED = "session.record_refused"
    SESSIONS_CLEANED = "sessions.cleaned"
    CONVERSATIONS_CLOSED = "conversations.closed"
    CUSTOMER_ERASED = "customer.erased"
    CUSTOMER_EXPORTED = "customer.exported"
    RETENTION_APPLIED = "retention.applied"
    KEYS_ROTATED = "keys.rotated"
    LOCK_LOST = "lock.lost"
    IDENTITY_REFUSED = "identity.refused"
    STAFF_REFUSED = "staff.refused"
    IDENTITY_KEYS_FAILED = "identity.keys_failed"
    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"
    RUN_RECLAIMED = "run.reclaimed"
    RUN_FENCED = "run.fenced"
    MODEL_FAILED = "model.failed"
    BREAKER_OPENED = "breaker.opened"
    BREAKER_CLOSED = "breaker.closed"
    ORDERS_NOTICED = "orders.noticed"
    ANSWER_CORRECTED = "answer.corrected"
    MODEL_BUDGET_SPENT = "model.budget_spent"
    MEMORY_FAILED = "memory.failed"
    TOOL_FAILED = "tool.failed"
    TASK_FAILED = "task.failed"
    EMBEDDING_ON_TORCH = "embedding.on_torch"
    ARTICLE_INDEXED = "article.indexed"
    REINDEX_ENDED = "reindex.ended"
    IMPORT_ENDED = "import.ended"
    IMPORT_FAILED = "import.failed"
    ARTICLE_FAILED = "article.failed"
    SOURCE_SYNCED = "source.synced"
    SOURCE_FAILED = "source.failed"
    DOCUMENT_QUARANTINED = "document.quarantined"
    WEBHOOK_DELIVERED = "webhook.delivered"
    WEBHOOK_FAILED = "webhook.failed"
    WEBHOOK_GIVEN_UP = "webhook.given_up"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_NUDGE_FAILED = "webhook.nudge_failed"
    WEBHOOK_EVENTS_DELETED = "webhook.events_deleted"
    NOTIFICATION_SENT = "notification.sent"
    NOTIFICATION_FAILED = "notification.failed"
    NOTIFICATION_GIVEN_UP = "notification.given_up"
    CODE_SENT = "code.sent"
    CODE_FAILED = "code.failed"
    FANOUT_FAILED = "fanout.failed"
    LOOP_FAILED = "loop.failed"
    AUDIT_VERIFIED = "audit.verified"
    AUDIT_BROKEN = "audit.broken"
    AUDIT_ANCHOR_FAILED = "audit.anchor_failed"
    RATE_LIMIT_UNAVAILABLE = "rate_limit.unavailable"


REFUSED_FIELDS = {
    *("text", "body", "content", "message", "question", "query", "arguments", "result", "name", "email"),
    *("token", "secret", "password", "identity", "authorization", "cookie", "vector", "embedding"),
    *("address", "mailbox"),
}
_logger = structlog.get_logger("replywell")


def emit(event: Event, level: str = "info", **fields: Any) -> None:
    """Log `event`. Raises ValueError for a field that could carry what must not be logged."""
    refused = REFUSED_FIELDS.intersection(fields)
    if refused:
        raise ValueError(f"log fields not allowed: {', '.join(sorted(refused))}")
    metrics.EVENTS.labels(event.value, level).inc()
    getattr(_logger, level)(str(event), **fields)
