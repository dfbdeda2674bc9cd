"""What the console's home page shows first."""

from typing import Any

from django import template
from django.db.models import Count, Q

from knowledge.models import Article
from support import queries
from support.models import Action, Conversation, Webhook, WebhookDelivery
from support.notifications import waiting

register = template.Library()


@register.simple_tag
def queue_counts() -> dict[str, Any]:
    """How many conversations wait, are with a person, ask for an approval; how many actions nobody knows the end of.

    late: e-mails to staff that could not be sent so far.
    """
    state = Conversation.State
    counts: dict[str, Any] = Conversation.objects.aggregate(
        waiting=Count("pk", filter=Q(state=state.QUEUED)), held=Count("pk", filter=Q(state=state.HUMAN))
    )
    counts["approvals"] = queries.pending_approvals().count()
    counts["late"] = waiting.late().count()
    counts["unknown"] = Action.objects.filter(state=Action.State.UNKNOWN).count()
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
