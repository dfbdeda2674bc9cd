"""What beat does for the trail."""

from celery import shared_task

from config.common import events
from config.common.audit import anchor, cutting, sealing, verifying


@shared_task
def seal() -> None:
    """Give new entries their places in the chain."""
    sealing.seal()


@shared_task
def verify() -> None:
    """Check the whole trail; what is old is cut off only if it is intact, for otherwise it is evidence."""
    verdict = verifying.verify()
    anchor.note_verdict(not verdict.fault)
    if verdict.fault:
        events.emit(events.Event.AUDIT_BROKEN, "error", number=verdict.end.number + 1)
        return
    cut = cutting.cut()
    events.emit(events.Event.AUDIT_VERIFIED, entries=verdict.entries, number=verdict.end.number, cut=cut)
