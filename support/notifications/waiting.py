"""Who waits, and is to be told of."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from support.models import Conversation
from support.notifications import recipients
from support.notifications.models import Notification, NotificationPlan, NotifiedWait

_QUEUED = Conversation.State.QUEUED


def due() -> QuerySet[Conversation]:
    """The conversations that have waited for as long as their inbox's plan says, and were not told of."""
    patience = ExpressionWrapper(F("inbox__notification_plan__after_seconds") * timedelta(seconds=1), DurationField())
    told = NotifiedWait.objects.filter(conversation=OuterRef("pk"), epoch=OuterRef("epoch"))
    waited = Conversation.objects.filter(state=_QUEUED, queued_at__lte=Now() - patience)
    return waited.filter(~Exists(told), inbox__notification_plan__enabled=True)


def still(notification: Notification) -> QuerySet[Conversation]:
    """Those of its conversations that wait still, in the order they wait."""
    waits = NotifiedWait.objects.filter(conversation=OuterRef("pk"), epoch=OuterRef("epoch"), notification=notification)
    return Conversation.objects.filter(Exists(waits), state=_QUEUED).order_by("queued_at")


def pending() -> QuerySet[Notification]:
    """What is to be sent now, for the first time or again."""
    return Notification.objects.filter(state=Notification.State.PENDING, next_at__lte=Now())


def rest() -> QuerySet[Notification]:
    """What some addresses have, and others are owed and to be given now."""
    return Notification.objects.filter(state=Notification.State.SENT, next_at__lte=Now()).exclude(owed=[])


def late() -> QuerySet[Notification]:
    """What could be sent to nobody so far."""
    return Notification.objects.filter(
        state=Notification.State.PENDING, inbox__notification_plan__enabled=True
    ).exclude(error="")


def refusing(plans: Iterable[NotificationPlan]) -> dict[UUID, dict[str, str]]:
    """Of plans whose last e-mail did not reach everybody: the addresses that are still told, and what the mail server said."""
    last = Notification.objects.filter(inbox=OuterRef("pk"), finished_at__isnull=False).order_by("-created_at")
    wanted = NotificationPlan.objects.filter(pk__in=[plan.pk for plan in plans], enabled=True)
    found = {}
    for plan in wanted.annotate(refused=Subquery(last.values("refused")[:1])):
        said = {address: plan.refused[address] for address in recipients.of(plan) if address in (plan.refused or {})}
        if said:
            found[plan.pk] = said
    return found


def plans() -> QuerySet[NotificationPlan]:
    """The plans of inboxes in which there may be something to tell."""
    mine = {"inbox": OuterRef("pk")}
    work = Q(Exists(due().filter(**mine))) | Q(Exists(pending().filter(**mine))) | Q(Exists(rest().filter(**mine)))
    return NotificationPlan.objects.filter(work, enabled=True)
