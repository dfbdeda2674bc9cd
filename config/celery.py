"""The Celery app: queues `ai`, `default`, `ingest` and `webhooks`, and the beat schedule."""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("replywell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "runs": {"task": "support.tasks.sweep_runs", "schedule": 5.0, "options": {"expires": 5}},
    "claims": {"task": "support.tasks.requeue_idle_claims", "schedule": 30.0, "options": {"expires": 30}},
    "staff_sessions": {
        "task": "support.tasks.forget_staff_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "idle": {"task": "support.tasks.close_idle_conversations", "schedule": 3600.0, "options": {"expires": 3600}},
    "embeddings": {"task": "knowledge.tasks.sweep", "schedule": 60.0, "options": {"expires": 60}},
    "statistics": {"task": "knowledge.tasks.refresh_statistics", "schedule": 300.0, "options": {"expires": 300}},
    "reindex": {"task": "knowledge.tasks.tend_reindex", "schedule": 60.0, "options": {"expires": 60}},
    "imports": {"task": "knowledge.tasks.tend_imports", "schedule": 60.0, "options": {"expires": 60}},
    "sources": {"task": "knowledge.tasks.sync_due", "schedule": 60.0, "options": {"expires": 60}},
    "webhooks": {"task": "support.webhooks.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "webhook_log": {"task": "support.webhooks.tasks.clean_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "notifications": {"task": "support.notifications.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "notification_log": {
        "task": "support.notifications.tasks.clean_up",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "factor_notices": {"task": "support.second_factor.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "factor_notice_log": {
        "task": "support.second_factor.tasks.clean_up",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "audit": {"task": "config.common.audit.tasks.seal", "schedule": 10.0, "options": {"expires": 10}},
    # By the clock: an interval of a day would never end where beat is restarted more often.
    "audit_verify": {"task": "config.common.audit.tasks.verify", "schedule": crontab(hour=3, minute=17)},
    "retention": {"task": "support.privacy.tasks.retain", "schedule": 3600.0, "options": {"expires": 3600}},
    "sessions": {"task": "sessions_app.tasks.clean_up", "schedule": 600.0, "options": {"expires": 600}},
}


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
def _refuse_unsafe_start(**_: Any) -> None:
    """Workers start under the same conditions as web processes."""
    from config.checks import enforce

    enforce()


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _start_telemetry(**_: Any) -> None:
    """Before the children are forked, who go on with it."""
    from config import metrics, tracing

    tracing.set_up()
    metrics.serve_worker()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
@signals.worker_shutdown.connect  # type: ignore[untyped-decorator]
def _stop_telemetry(**_: Any) -> None:
    """Spans that were not sent yet are sent now."""
    from config import tracing

    tracing.shut_down()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: Any) -> None:
    """Celery's documented hook: logs of workers look like those of web processes."""
    from config.telemetry import set_up_logging

    set_up_logging()
