"""Telling the worker that there is something to deliver, without holding up who recorded it.

A nudge that is lost costs some seconds: beat looks as well. Those of one moment are sent as one.
"""

import contextvars
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from config.common import events

GATHER_SECONDS = 0.1

_sender = ThreadPoolExecutor(1, thread_name_prefix="webhook-nudge")
_asked = threading.Event()


def soon() -> None:
    """Ask for a look at the rows, a moment from now."""
    if not _asked.is_set():
        _asked.set()
        # In the context of who asks: the trace of what is told goes on in the worker.
        _sender.submit(contextvars.copy_context().run, _send)


def _send() -> None:
    from support.webhooks.tasks import sweep

    time.sleep(GATHER_SECONDS)
    _asked.clear()
    try:
        sweep.delay()
    except Exception as error:  # noqa: BLE001 - the broker is away; beat finds the rows
        events.emit(events.Event.WEBHOOK_NUDGE_FAILED, "warning", reason=type(error).__name__)
