"""What the console shows beside a conversation: who it is with, who holds it, and what the AI agent did."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.urls import reverse

from agents.models import ToolCall
from knowledge.models import Article
from sessions_app import verified
from sessions_app.models import Customer
from support import queries, shapes
from support.escalation import traces
from support.memory import records
from support.models import Conversation, Message, Run
from support.spending import ledger
from support.workplaces import reach

SHOWN_RUNS = 30
SHOWN_EARLIER = 5


def details(row: Conversation, user: AbstractUser) -> dict[str, Any]:
    """The conversation with what only staff may know of it; `holder` has an id, which customers never see."""
    return {
        "conversation": queries.view(row),
        "inbox": {"key": row.inbox.key, "name": row.inbox.name},
        "holder": {"id": row.assignee_id, "name": shapes.display_name(row.assignee)} if row.assignee else None,
        "is_mine": row.state == Conversation.State.HUMAN and row.assignee_id == user.pk,
        "escalation_reason": row.escalation_reason,
        "escalation_note": row.escalation_note,
        "queued_at": row.queued_at,
        "missed_at": row.missed_at,
        "escalations": traces.of_conversation(row.pk),
        "customer": _customer(row, user),
        "memory": records.shown(row.pk),
        "spending": _spending(row),
    }


def _spending(row: Conversation) -> dict[str, Any]:
    """What the model has cost in the conversation and in its inbox today, with the limits; 0: none."""
    conversation, today = ledger.in_conversation(row.pk), ledger.today(row.inbox_id)
    limits = settings.MODEL_CONVERSATION_TOKENS, settings.MODEL_CONVERSATION_COST
    return {
        "conversation": _spent(conversation, *limits),
        "today": _spent(today, settings.MODEL_DAY_TOKENS, settings.MODEL_DAY_COST),
    }


def _spent(spent: ledger.Spent, max_tokens: int, max_cost: Decimal) -> dict[str, Any]:
    return {
        "tokens": spent.tokens,
        "cost": float(spent.cost),
        "max_tokens": max_tokens,
        "max_cost": float(max_cost),
    }


def _customer(row: Conversation, user: AbstractUser) -> dict[str, Any]:
    who = row.customer
    url = reverse("admin:sessions_app_customer_change", args=[who.pk])
    earlier = reach.within(who.conversations.exclude(pk=row.pk), user).order_by("-updated_at")[:SHOWN_EARLIER]
    return {
        **shapes.customer(who, row.verified_email),
        "verified": _verified(who),
        "label": str(who),
        "sub": who.sub,
        "metadata": who.metadata,
        "created_at": who.created_at,
        "last_seen_at": who.last_seen_at,
        "url": url if user.has_perm("sessions_app.view_customer") else None,
        "earlier": [
            {
                "url": reverse("admin:support_conversation_change", args=[other.pk]),
                "state": other.state,
                "updated_at": other.updated_at,
            }
            for other in earlier
        ],
    }


def _verified(who: Customer) -> dict[str, Any] | None:
    """The address that the customer has proven to be theirs, as far as it counts now."""
    proven = verified.of(who.pk)
    names = ("address", "how", "verified_at", "expires_at")
    return {name: getattr(proven, name) for name in names} if proven else None


def messages(conversation_id: UUID, after: int, limit: int) -> list[dict[str, Any]]:
    """Messages with a higher seq, at most `limit`, and what the customer said about answers: that is for staff only."""
    rows = Message.objects.filter(conversation=conversation_id, seq__gt=after).order_by("seq")[:limit]
    return [shapes.message(row) | {"feedback": _feedback(row)} for row in rows]


def _feedback(row: Message) -> dict[str, str] | None:
    said = row.rating_reason or row.rating_comment
    return {"reason": row.rating_reason, "comment": row.rating_comment} if said else None


def runs(conversation_id: UUID, user: AbstractUser) -> list[dict[str, Any]]:
    """The conversation's runs, the newest first, with all they retrieved and the tool calls they made."""
    rows = Run.objects.filter(conversation=conversation_id).order_by("-created_at", "-attempt")[:SHOWN_RUNS]
    replies = {row.run_id: row for row in Message.objects.filter(run__in=[run.pk for run in rows])}
    calls: dict[UUID, list[dict[str, Any]]] = {}
    for call in ToolCall.objects.filter(run__in=[run.pk for run in rows]):
        calls.setdefault(call.run, []).append(_call(call))
    links = user.has_perm("knowledge.view_article")
    versions = _versions(rows)
    return [_run(run, replies.get(run.pk), versions, links=links) | {"calls": calls.get(run.pk, [])} for run in rows]


def _call(call: ToolCall) -> dict[str, Any]:
    names = ("id", "tool", "risk", "arguments", "state", "result", "took_ms")
    return {name: getattr(call, name) for name in names}


def _versions(runs: Iterable[Run]) -> dict[str, int]:
    """At which version the articles are now that these runs read."""
    read = {passage["article_id"] for run in runs for passage in run.passages}
    return {str(pk): version for pk, version in Article.objects.filter(pk__in=read).values_list("pk", "version")}


def _run(run: Run, reply: Message | None, versions: dict[str, int], *, links: bool) -> dict[str, Any]:
    cited = {citation["chunk_id"] for citation in reply.citations} if reply else set()
    names = ("state", "reason", "engine", "model", "attempt", "in_reply_to", "extractive", "model_calls")
    known = ("searches", "confidence", "rests_on_tools", "prompt", "limit_reached")
    figures = ("input_tokens", "output_tokens", "search_ms", "first_token_ms", "total_ms", "created_at", "finished_at")
    return {
        "id": str(run.pk),
        **{name: getattr(run, name) for name in names + known + figures},
        "cost": float(run.cost),
        "seq": reply.seq if reply else None,
        "passages": [
            {
                **passage,
                "is_cited": passage["chunk_id"] in cited,
                "now": versions.get(passage["article_id"]),
                **(_links(passage) if links else {"admin_url": None, "compare_url": None}),
            }
            for passage in run.passages
        ],
    }


def _links(passage: dict[str, Any]) -> dict[str, str]:
    """The article as it is, and what changed in it since the run read it."""
    article = passage["article_id"]
    since = reverse("admin:knowledge_article_compare", args=[article])
    return {
        "admin_url": reverse("admin:knowledge_article_change", args=[article]),
        "compare_url": f"{since}?from={passage['version']}",
    }
