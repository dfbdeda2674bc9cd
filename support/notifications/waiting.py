"""Who waits, and is to be told of."""

from datetime import timedelta

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from support.models import Conversation
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


def plans() -> QuerySet[NotificationPlan]:
    """The plans of inboxes in which there may be something to tell."""
    mine = {"inbox": OuterRef("pk")}
    work = Q(Exists(due().filter(**mine))) | Q(Exists(pending().filter(**mine))) | Q(Exists(rest().filter(**mine)))
    return NotificationPlan.objects.filter(work, enabled=True)
