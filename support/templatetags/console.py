"""What the console's home page shows first."""

from typing import Any

from django import template
from django.contrib.auth import get_user_model
from django.db.models import Count, Q

from knowledge.models import Article
from sessions_app.models import Inbox
from support import queries
from support.admin import undelivered
from support.models import Action, Conversation, NotificationPlan, Webhook, WebhookDelivery
from support.notifications import waiting
from support.roles import AGENTS
from support.workplaces import reach

register = template.Library()


@register.simple_tag
def queue_counts(user: Any) -> dict[str, Any]:
    """Where the user may work: how many conversations wait, are with a person, found nobody there, ask for an approval; how many
    actions nobody knows the end of.

    late: e-mails to staff that could be sent to nobody so far; undelivered: those that have not reached some.
    """
    state = Conversation.State
    counts: dict[str, Any] = reach.within(Conversation.objects.all(), user).aggregate(
        waiting=Count("pk", filter=Q(state=state.QUEUED)),
        held=Count("pk", filter=Q(state=state.HUMAN)),
        missed=Count("pk", filter=Q(missed_at__isnull=False)),
    )
    actions = {"approvals": queries.pending_approvals(), "unknown": Action.objects.filter(state=Action.State.UNKNOWN)}
    counts |= {name: reach.within(rows, user, "conversation__inbox").count() for name, rows in actions.items()}
    counts["late"] = reach.within(waiting.late(), user).count()
    refusing = waiting.refusing(reach.within(NotificationPlan.objects.all(), user))
    counts["undelivered"] = len(refusing) + len(undelivered.rows(user))
    return counts


@register.simple_tag
def article_counts() -> dict[str, Any]:
    """How many articles there are in each state that somebody might have to act on."""
    published = Q(status=Article.Status.PUBLISHED)
    return Article.objects.aggregate(
        published=Count("pk", filter=published),
        drafts=Count("pk", filter=Q(status=Article.Status.DRAFT)),
        pending=Count("pk", filter=published & Q(index_state=Article.IndexState.PENDING)),
        failed=Count("pk", filter=published & Q(index_state=Article.IndexState.FAILED)),
    )


@register.simple_tag
def webhook_counts() -> dict[str, int]:
    """How many webhooks there are, and what somebody should look at: those that were switched off, and dead letters."""
    off = [Webhook.Disabled.GONE, Webhook.Disabled.FAILING]
    return {
        **Webhook.objects.aggregate(total=Count("pk"), off=Count("pk", filter=Q(disabled_reason__in=off))),
        "dead": WebhookDelivery.objects.filter(state=WebhookDelivery.State.DEAD).count(),
    }


@register.simple_tag
def people_of(inbox: Inbox) -> dict[str, Any]:
    """Who is limited to some inboxes, this one among them; how many human agents work everywhere."""
    agents = get_user_model().objects.filter(is_active=True, is_staff=True)
    return {
        "chosen": agents.filter(workplace__inboxes=inbox, is_superuser=False).order_by("first_name", "username"),
        "everywhere": agents.filter(groups__name=AGENTS).filter(Q(workplace=None) | Q(is_superuser=True)).count(),
    }
