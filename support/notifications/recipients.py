"""Whom an inbox tells."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q

from support.notifications.limits import MAX_RECIPIENTS
from support.notifications.models import NotificationPlan
from support.roles import AGENTS
from support.workplaces import reach


def agents(inbox_id: UUID) -> list[str]:
    """The addresses of the support agents who have one, may sign in, and may work in the inbox."""
    rows = get_user_model().objects.filter(is_active=True, is_staff=True, groups__name=AGENTS).exclude(email="")
    rows = rows.filter(Q(is_superuser=True) | reach.covers(OuterRef("pk"), inbox_id))
    return list(rows.order_by("pk").values_list("email", flat=True))


def of(plan: NotificationPlan) -> list[str]:
    """The addresses of a plan, each once, at most MAX_RECIPIENTS; those that were typed in come first."""
    found = [*plan.addresses, *(agents(plan.inbox_id) if plan.all_agents else [])]
    return list({address.lower(): address for address in reversed(found)}.values())[::-1][:MAX_RECIPIENTS]
