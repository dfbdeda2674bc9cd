"""How long what is kept: one table of rules, each of which removes a batch in a transaction of its own.

What other parts clean up themselves is not here: webhooks (`support.webhooks.tasks`), live sessions (`sessions_app.tasks`), uploads
(`knowledge.imports`), and what expires in Redis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from django.conf import settings
from django.contrib.sessions.models import Session as SignIn
from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from config.common import metrics
from sessions_app import finding, services
from sessions_app.lock import Held
from sessions_app.models import Customer, VerifiedAddress
from support.models import (
    Action,
    Conversation,
    ConversationMemory,
    EmailChallenge,
    EscalationSimulation,
    Run,
    Spending,
)
from support.privacy import removing

# Conversations in one transaction, which removes all that hangs on them; rows of anything else.
CONVERSATIONS, ROWS = 100, 1_000
# Batches of one rule in one go: what is left is for the next hour.
MAX_BATCHES = 100

# A moment, as the database computes it.
Moment: TypeAlias = "ExpressionWrapper[Any]"


@dataclass(frozen=True)
class Rule:
    """setting: the days; 0: never. Without one: what is over at once. remove: a batch of what is older; how many rows."""

    name: str
    setting: str | None
    remove: Callable[[Moment], int]

    @property
    def before(self) -> "Moment | None":
        """What is older than this goes; None: nothing does."""
        days = getattr(settings, self.setting) if self.setting else None
        if days == 0:
            return None
        return ExpressionWrapper(Now() - timedelta(days=days or 0), output_field=DateTimeField())


def apply(lock: Held) -> dict[str, int]:
    """Remove what is too old, and say how many rows of each kind; safe to be broken off, and to be repeated."""
    return {rule.name: _apply(rule, lock) for rule in RULES}


def _apply(rule: Rule, lock: Held) -> int:
    removed, before = 0, rule.before
    if before is None:
        return 0
    for _ in range(MAX_BATCHES):
        lock.check()
        with transaction.atomic():
            batch = rule.remove(before)
        metrics.RETENTION_REMOVED.labels(rule.name).inc(batch)
        removed += batch
        if not batch:
            break
    return removed


def _first(rows: "QuerySet[Any]", size: int = ROWS) -> list[Any]:
    """The ids of a batch, locked; what somebody else has locked waits for the next time."""
    return list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:size])


def _conversations(before: Moment) -> int:
    closed = Conversation.objects.filter(state=Conversation.State.CLOSED, closed_at__lt=before)
    ids = _first(closed.order_by("closed_at"), CONVERSATIONS)
    removing.conversations(ids)
    return len(ids)


def _customers(before: Moment) -> int:
    # Those who were here, but never wrote or have nothing left of what they wrote.
    wrote = Conversation.objects.filter(customer=OuterRef("pk"))
    ids = _first(Customer.objects.filter(~Exists(wrote), last_seen_at__lt=before).order_by("last_seen_at"))
    # Once more, now that they are locked: a conversation that came meanwhile keeps its customer.
    gone = set(Customer.objects.filter(~Exists(wrote), pk__in=ids).values_list("pk", flat=True))
    Customer.objects.filter(pk__in=gone).delete()
    for session in finding.matching(lambda one: one.customer in gone) if gone else ():
        services.end(session.id)
    return len(gone)


def _memory(before: Moment) -> int:
    over = ConversationMemory.objects.filter(
        conversation__state=Conversation.State.CLOSED, conversation__closed_at__lt=before
    )
    ids = _first(over.order_by())
    ConversationMemory.objects.filter(pk__in=ids).delete()
    return len(ids)


def _run_details(before: Moment) -> int:
    detailed = ~Q(passages=[]) | Q(searches__isnull=False) | ~Q(trace="")
    ids = _first(Run.objects.filter(detailed, finished_at__lt=before).order_by())
    return Run.objects.filter(pk__in=ids).update(passages=[], searches=None, trace="")


def _simulations(before: Moment) -> int:
    ids = _first(EscalationSimulation.objects.filter(beat_at__lt=before).order_by())
    EscalationSimulation.objects.filter(pk__in=ids).delete()
    return len(ids)


def _spending(before: Moment) -> int:
    # What an open conversation has spent counts against its limit.
    over = Q(conversation=None) | Q(conversation__state=Conversation.State.CLOSED)
    ids = _first(Spending.objects.filter(over, created_at__lt=before).order_by("created_at"))
    Spending.objects.filter(pk__in=ids).delete()
    return len(ids)


def _sign_ins(before: Moment) -> int:
    ids = _first(SignIn.objects.filter(expire_date__lt=before).order_by("expire_date"))
    SignIn.objects.filter(pk__in=ids).delete()
    return len(ids)


def _verified(before: Moment) -> int:
    ids = _first(VerifiedAddress.objects.filter(expires_at__lt=before).order_by("expires_at"))
    VerifiedAddress.objects.filter(pk__in=ids).delete()
    return len(ids)


def _challenges(before: Moment) -> int:
    # Nobody waits for them any more.
    over = EmailChallenge.objects.exclude(action__state=Action.State.PENDING)
    ids = _first(over.order_by())
    EmailChallenge.objects.filter(pk__in=ids).delete()
    return len(ids)


RULES = (
    Rule("conversations", "RETENTION_CONVERSATIONS_DAYS", _conversations),
    Rule("customers", "RETENTION_CUSTOMERS_DAYS", _customers),
    Rule("memory", "RETENTION_MEMORY_DAYS", _memory),
    Rule("run_details", "RETENTION_RUN_DETAILS_DAYS", _run_details),
    Rule("simulations", "RETENTION_SIMULATIONS_DAYS", _simulations),
    Rule("spending", "RETENTION_SPENDING_DAYS", _spending),
    Rule("sign_ins", None, _sign_ins),
    Rule("verified_addresses", None, _verified),
    Rule("codes", None, _challenges),
)
