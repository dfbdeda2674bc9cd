"""Telling the worker at the hand-off itself, for inboxes that let nobody wait first; beat looks after the others.

A nudge that is lost costs some seconds.
"""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import transaction

from config.common import events
from support.notifications.models import NotificationPlan

_sender = ThreadPoolExecutor(1, thread_name_prefix="notification-nudge")


def queued(inbox_id: UUID) -> None:
    """Somebody begins to wait: once that is committed, a plan without patience is looked at."""
    if NotificationPlan.objects.filter(pk=inbox_id, enabled=True, after_seconds=0).exists():
        transaction.on_commit(lambda: _sender.submit(_send, inbox_id), robust=True)


def _send(inbox_id: UUID) -> None:
    from support.notifications.tasks import tell

    try:
        tell.delay(str(inbox_id))
    except Exception as error:  # noqa: BLE001 - the broker is away; beat finds the rows
        events.emit(events.Event.NOTIFICATION_FAILED, "warning", reason=type(error).__name__)
