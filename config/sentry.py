"""Errors, and nothing else, to a Sentry of the installation's choice. Imported only where SENTRY_DSN is set.

What leaves is put together anew from a list of what may: the exception's class, where it happened in the code, the ids of
request, session, conversation and run. No messages, no variables, no requests, no breadcrumbs.
"""

import logging
from typing import Any

import sentry_sdk
import structlog
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.utils import exceptions_from_error_tuple

from config.logs import error_of

_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "server_name", "sdk")
_FRAME = ("filename", "abs_path", "function", "module", "lineno", "in_app")
_TAGS = ("request_id", "session", "conversation", "run", "task", "task_id")


def set_up() -> None:
    """Send the errors of this process from now on: all that is logged as one, and what nobody caught."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda pending, timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
        ],
        before_send=scrubbed,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        shutdown_timeout=2,
    )
    ignore_logger("django.request")  # which repeats request.failed


def scrubbed(event: Any, hint: Any) -> Any:
    """What may leave of an event; sentry's hook."""
    kept = {name: event[name] for name in _KEPT if name in event}
    bound = structlog.contextvars.get_contextvars()
    kept["tags"] = {name: str(bound[name]) for name in _TAGS if name in bound}
    values = (event.get("exception") or {}).get("values") or []
    if record := hint.get("log_record"):
        # Our own records are dicts; of other libraries' words, which may quote anything, only who spoke is kept.
        ours = record.msg if isinstance(record.msg, dict) else {}
        kept["message"] = kept["tags"]["event"] = str(ours.get("event", record.name))
        values = values or _values(error_of(ours.get("exc_info")))
    kept["exception"] = {"values": [_exception(value) for value in values]}
    return kept


def _values(error: BaseException | None) -> list[dict[str, Any]]:
    if error is None:
        return []
    options = sentry_sdk.get_client().options
    return exceptions_from_error_tuple((type(error), error, error.__traceback__), options)


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {"frames": [{key: frame[key] for key in _FRAME if key in frame} for frame in frames]},
    }
