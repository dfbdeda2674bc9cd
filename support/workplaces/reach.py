"""What a member of staff may reach: a condition of the statement that reads, so that nothing is read and then refused.

Rights that are changed count from the next statement on.
"""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from support.workplaces.models import Workplace

M = TypeVar("M", bound=Model)


def covers(user: Any, inbox: Any) -> Q:
    """That the user, who is no administrator, may work in the inbox. Both are ids or OuterRefs."""
    limits = Workplace.objects.filter(user=user)
    chosen = Workplace.inboxes.through.objects.filter(workplace=user, inbox=inbox)
    return Q(~Exists(limits)) | Q(Exists(chosen))


def within(rows: QuerySet[M], user: Any, inbox: str = "inbox") -> QuerySet[M]:
    """Those of the rows that the user may reach; `inbox`: the way from a row to its inbox's id."""
    return rows if user.is_superuser else rows.filter(covers(user.pk, OuterRef(inbox)))


def inboxes_of(user: Any) -> frozenset[UUID] | None:
    """The inboxes that the user may work in; None: every one."""
    if user.is_superuser:
        return None
    # Without a row there is nothing; a row without inboxes gives one None.
    found = list(Workplace.objects.filter(user=user.pk).values_list("inboxes", flat=True))
    return frozenset(filter(None, found)) if found else None


def may_work_in(user: Any, inbox_id: UUID) -> bool:
    """Whether the user may work in the inbox."""
    chosen = inboxes_of(user)
    return chosen is None or inbox_id in chosen


def is_limited(user: Any) -> bool:
    """Whether there may be inboxes that the user may not work in."""
    return not user.is_superuser and Workplace.objects.filter(user=user.pk).exists()
