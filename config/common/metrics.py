"""What is counted, in one table (docs/telemetry.md). Times are in seconds.

Labels take few values, and none that outsiders choose: no ids, no texts, no addresses. Each process counts for itself;
`config.metrics` adds the processes up when it is asked.
"""

from prometheus_client import Counter, Gauge, Histogram

_SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_TURN = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 60)
_TASK = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600)

# -- HTTP and sockets ---------------------------------------------------------------------------
REQUESTS = Counter("replywell_http_requests", "Requests by route and status.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "replywell_http_request_seconds", "Until the response began.", ["method", "route"], buckets=_SHORT
)
FRAMES = Counter(
    "replywell_frames", "Frames from clients; outcome: ok, or the code of the error.", ["socket", "type", "outcome"]
)
FRAME_SECONDS = Histogram(
    "replywell_frame_seconds", "From a frame's arrival until it was worked on.", ["socket", "type"], buckets=_SHORT
)
SOCKETS_OPEN = Gauge("replywell_sockets_open", "Open sockets.", ["socket"], multiprocess_mode="livesum")
SOCKETS_CLOSED = Counter("replywell_sockets_closed", "Sockets by the code they were closed with.", ["socket", "code"])
SESSION_LOOKUPS = Counter("replywell_session_cache_lookups", "Session look-ups by where they ended.", ["result"])

# -- The agent ----------------------------------------------------------------------------------
TURNS = Counter("replywell_turns", "Turns by how they ended and who answered.", ["outcome", "engine"])
TURN_SECONDS = Histogram("replywell_turn_seconds", "From a turn's start to its commit.", ["engine"], buckets=_TURN)
FIRST_TOKEN_SECONDS = Histogram(
    "replywell_first_token_seconds", "Until the customer saw the first word.", buckets=_TURN
)
RETRIEVAL_SECONDS = Histogram("replywell_retrieval_seconds", "Searches of the agent and of the API.", buckets=_SHORT)
MODEL_CALLS = Counter("replywell_model_calls", "Calls of a model: ok, failed or cancelled.", ["model", "outcome"])
MODEL_TOKENS = Counter("replywell_model_tokens", "Tokens as the provider counts them.", ["model", "direction"])
TOOL_CALLS = Counter("replywell_tool_calls", "Calls of tools: done, failed or unknown.", ["tool", "outcome"])
TOOL_SECONDS = Histogram("replywell_tool_seconds", "How long tools took.", ["tool"], buckets=_SHORT)

# -- Background work ----------------------------------------------------------------------------
TASKS = Counter("replywell_tasks", "Celery tasks by name: ok, failed or retried.", ["task", "outcome"])
TASK_SECONDS = Histogram("replywell_task_seconds", "How long Celery tasks took.", ["task"], buckets=_TASK)
RETENTION_REMOVED = Counter("replywell_retention_removed", "Rows that were too old, by kind.", ["kind"])
EVENTS = Counter("replywell_events", "Log events, whether or not LOG_LEVEL lets them be written.", ["event", "level"])

# -- What the database and Redis know, looked up when it is asked for (config.queues) -------------
# name: (help, labels)
LOOKED_UP: dict[str, tuple[str, list[str]]] = {
    "replywell_queue_waiting": ("Customers who wait for a person.", []),
    "replywell_queue_oldest_seconds": ("How long the first of them has waited.", []),
    "replywell_runs_active": ("Turns under way.", []),
    "replywell_runs_oldest_seconds": ("How long ago the oldest turn under way began.", []),
    "replywell_ingestion_pending": ("Published articles that are not searchable yet.", []),
    "replywell_ingestion_oldest_seconds": ("How long the first of them has waited.", []),
    "replywell_webhooks_due": ("Deliveries that are due.", []),
    "replywell_webhooks_oldest_seconds": ("How long the first of them has been due.", []),
    "replywell_notifications_late": ("E-mails to staff that could not be sent so far.", []),
    "replywell_notifications_oldest_seconds": ("How long ago the first of them was to be sent.", []),
    "replywell_audit_unsealed": ("Entries of the audit trail without a place in the chain.", []),
    "replywell_audit_oldest_seconds": ("How long the first of them has waited for it.", []),
    "replywell_audit_broken": ("1 if the audit trail did not fit when it was last verified.", []),
    "replywell_audit_verified_seconds": ("How long ago that was.", []),
    "replywell_celery_queue_length": ("Tasks that wait in a queue.", ["queue"]),
    "replywell_breaker_open": ("1 while a model is left alone.", ["model"]),
    "replywell_lookup_failed": ("1 while a source of these gauges does not answer.", ["source"]),
}
