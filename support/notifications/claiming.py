"""Deciding whom to tell of now, in one transaction that holds the inbox's plan: two workers never tell of the same waiting.

What is sent is claimed before it is sent, with a lease: whoever dies in the middle leaves a notification that is sent again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from sessions_app import hours
from support import actions, presence
from support.models import Conversation
from support.notifications import recipients, waiting
from support.notifications.limits import MAX_ATTEMPTS
from support.notifications.models import Notification, NotificationPlan, NotifiedWait
from support.notifications.progress import Progress

State = Notification.State


@dataclass(frozen=True)
class Claim:
    """What one worker alone sends now.

    people: who waits and is not looked at, the longest first. addresses: who is told. at: the database's time.
    """

    plan: NotificationPlan
    notification: Notification
    people: list[Conversation]
    addresses: list[str]
    at: datetime


def take(inbox_id: UUID) -> Claim | None:
    """Claim what an inbox has to tell now; None when there is nothing, or somebody else does it."""
    looked_at = presence.looked_at()
    with transaction.atomic():
        plan = (
            NotificationPlan.objects.select_for_update(of=("self",))
            .select_related("inbox")
            .filter(pk=inbox_id, enabled=True)
            .first()
        )
        now = actions.db_now()
        if plan is None or is_quiet(plan, now):
            return None
        return _take(plan, now, looked_at) or _take_rest(plan, now, looked_at)


def is_quiet(plan: NotificationPlan, now: datetime) -> bool:
    """Whether nobody is to be told now."""
    return bool(plan.quiet_hours) and hours.is_open(plan.quiet_hours, plan.inbox.timezone, now)


def _take(plan: NotificationPlan, now: datetime, looked_at: set[str]) -> Claim | None:
    pending = Notification.objects.filter(inbox=plan.inbox, state=State.PENDING).first()
    is_early = pending.next_at > now if pending else _pauses(plan, now)
    if is_early:
        return None
    fresh = _unseen(waiting.due().filter(inbox=plan.inbox), looked_at)
    if pending is None and fresh:
        pending = Notification.objects.create(inbox=plan.inbox)
    if pending is None:
        return None
    NotifiedWait.objects.bulk_create(
        NotifiedWait(notification=pending, conversation=row, epoch=row.epoch) for row in fresh
    )
    still = list(waiting.still(pending))
    if not still:
        drop(pending)
        return None
    addresses = [address for address in recipients.of(plan) if address not in pending.refused]
    people = _unseen(still, looked_at)
    return _count(Claim(plan, pending, people, addresses, now)) if people else None


def _take_rest(plan: NotificationPlan, now: datetime, looked_at: set[str]) -> Claim | None:
    """A notification that some addresses have, and others are still owed."""
    row = waiting.rest().filter(inbox=plan.inbox).first()
    if row is None:
        return None
    known = recipients.of(plan)
    addresses = [address for address in row.owed if address in known]
    still = list(waiting.still(row))
    if not (still and addresses):
        Notification.objects.filter(pk=row.pk).update(owed=[], error="")
        return None
    people = _unseen(still, looked_at)
    return _count(Claim(plan, row, people, addresses, now)) if people else None


def _pauses(plan: NotificationPlan, now: datetime) -> bool:
    """Whether the last e-mail is too young for another one."""
    ended = Notification.objects.filter(inbox=plan.inbox, state__in=[State.SENT, State.FAILED])
    return ended.filter(finished_at__gt=now - timedelta(minutes=plan.pause_minutes)).exists()


def _unseen(rows: Iterable[Conversation], looked_at: set[str]) -> list[Conversation]:
    if presence.QUEUE in looked_at:
        return []
    return [row for row in rows if not looked_at & {str(row.pk), presence.queue_of(row.inbox_id)}]


def _count(claim: Claim) -> Claim | None:
    """Count the attempt before it is made, so that what kills its worker is not tried for ever."""
    row = claim.notification
    if row.attempts >= MAX_ATTEMPTS:
        Progress(row).end(claim.at, row.error or "The worker died in every attempt.")
        return None
    row.attempts += 1
    row.people, row.owed = len(claim.people), claim.addresses
    # Longer than an attempt may take: a server may be slow in each of its answers.
    row.next_at = claim.at + timedelta(seconds=60 + 12 * settings.EMAIL_TIMEOUT)
    row.save(update_fields=["attempts", "people", "owed", "next_at"])
    return claim


def drop(row: Notification) -> None:
    """Nobody waits any more of whom it was to tell."""
    Notification.objects.filter(pk=row.pk).update(state=State.DROPPED, error="", owed=[], finished_at=Now())
