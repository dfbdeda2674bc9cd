"""Logs: structlog over the standard library, JSON or console, so that our events and our libraries' look alike."""

import logging.config
from typing import Any

import structlog
from django.conf import settings

from config import logs

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


_QUIET = {
    "django.request": "ERROR",
    "django.channels.server": "WARNING",
    "uvicorn.access": "WARNING",  # query strings
    "celery.app.trace": "CRITICAL",  # it quotes exceptions; task.failed says the same without
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
    "httpx": "WARNING",
    "httpx2": "WARNING",
    "openai": "WARNING",
    "sentence_transformers": "WARNING",
}


def _console() -> Any:
    # Not the rich traceback: it prints local variables, and with them texts and tokens.
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


def set_up_logging() -> None:
    """Route every log record of the process to standard error in `LOG_FORMAT`; safe to call twice."""
    json = settings.LOG_FORMAT == "json"
    renderer: Any = structlog.processors.JSONRenderer() if json else _console()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "event": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        logs.first_line_only,
                        *([logs.exception_without_message] if json else []),
                        renderer,
                    ],
                    "foreign_pre_chain": _SHARED,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
            # Only we know what is in our own details: libraries never say more than INFO.
            "root": {"handlers": ["stderr"], "level": max(settings.LOG_LEVEL, "INFO", key=logging.getLevelName)},
            # What they say we say ourselves, or it carries texts.
            "loggers": {
                "replywell": {"level": settings.LOG_LEVEL},
                # The server has set up its own before it loads us.
                **{name: {"handlers": [], "propagate": True} for name in ("uvicorn", "uvicorn.error")},
                **{name: {"handlers": [], "level": level} for name, level in _QUIET.items()},
            },
        }
    )
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
