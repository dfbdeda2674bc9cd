"""What the database, Redis and the broker know of the work that waits, looked up whenever somebody asks for metrics."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, Min, QuerySet
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily, Metric

from agents import breaker
from agents.providers import chain
from config.celery import app
from config.common.audit import anchor
from config.common.audit.models import Unsealed
from config.common.metrics import LOOKED_UP
from knowledge.models import Article
from support.models import Conversation, Run
from support.notifications import waiting
from support.webhooks import lanes

QUEUES = ("ai", "default", "ingest", "webhooks")

# (metric, values of its labels, value)
Found = tuple[str, list[str], float]


def _waiting(name: str, count: str, rows: QuerySet[Any], since: str) -> list[Found]:
    """How many rows there are, and how long ago the first of them began, by the database's clock."""
    age = ExpressionWrapper(Now() - Min(since), output_field=DurationField())
    found = rows.order_by().aggregate(count=Count("pk"), age=age)
    oldest = max(found["age"] or timedelta(), timedelta())
    return [(f"{name}_{count}", [], found["count"]), (f"{name}_oldest_seconds", [], oldest.total_seconds())]


def _database() -> list[Found]:
    queued = Conversation.objects.filter(state=Conversation.State.QUEUED)
    active = Run.objects.filter(state=Run.State.ACTIVE)
    unsearchable = Article.objects.filter(status=Article.Status.PUBLISHED, index_state=Article.IndexState.PENDING)
    return [
        *_waiting("replywell_queue", "waiting", queued, "queued_at"),
        *_waiting("replywell_runs", "active", active, "created_at"),
        *_waiting("replywell_ingestion", "pending", unsearchable, "updated_at"),
        *_waiting("replywell_webhooks", "due", lanes.due(), "next_at"),
        *_waiting("replywell_notifications", "late", waiting.late(), "created_at"),
        *_waiting("replywell_audit", "unsealed", Unsealed.objects.all(), "since"),
    ]


def _broker() -> list[Found]:
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
        client = connection.default_channel.client
        return [("replywell_celery_queue_length", [queue], client.llen(queue)) for queue in QUEUES]


def _redis() -> list[Found]:
    found: list[Found] = [("replywell_breaker_open", [one.model], float(breaker.of(one).is_open())) for one in chain()]
    if verdict := anchor.verdict():
        is_broken, age = verdict
        found += [("replywell_audit_broken", [], float(is_broken)), ("replywell_audit_verified_seconds", [], age)]
    return found


SOURCES: dict[str, Callable[[], list[Found]]] = {"database": _database, "broker": _broker, "redis": _redis}


class Lookups:
    """A collector of all of it. A source that does not answer is named, and leaves its gauges out."""

    def collect(self) -> Iterator[Metric]:
        """The gauges as they are now; blocks."""
        families = {name: GaugeMetricFamily(name, text, labels=labels) for name, (text, labels) in LOOKED_UP.items()}
        for source, look_up in SOURCES.items():
            try:
                found = look_up()
            except Exception:  # noqa: BLE001 - whatever is wrong with a source, the other numbers are worth having
                found, failed = [], 1.0
            else:
                failed = 0.0
            families["replywell_lookup_failed"].add_metric([source], failed)
            for name, labels, value in found:
                families[name].add_metric(labels, value)
        yield from families.values()
