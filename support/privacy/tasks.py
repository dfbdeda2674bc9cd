"""The hourly task: what is too old goes, and recent erasures are looked after."""

from celery import shared_task

from config.common import events
from config.common.errors import Unavailable
from sessions_app.lock import HeldByAnother, Lost, hold
from support.privacy import erasing, retention


@shared_task
def retain() -> None:
    """Apply the rules of retention and settle erasures. One process at a time does it."""
    try:
        with hold("privacy.retain") as lock:
            removed = retention.apply(lock)
            erasing.settle()
    except HeldByAnother:
        return
    except (Unavailable, Lost) as error:
        # What was done is done; the next hour goes on.
        events.emit(events.Event.LOOP_FAILED, "warning", loop="privacy.retain", reason=type(error).__name__)
        return
    if any(removed.values()):
        events.emit(events.Event.RETENTION_APPLIED, "info", **removed)
