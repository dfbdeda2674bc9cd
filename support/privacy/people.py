"""Who a customer is: their row, and those of the anonymous visitor they were before they signed in."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from agents.models import ToolCall
from config.common.errors import NotFound
from sessions_app import finding
from sessions_app.models import Customer, VerifiedAddress
from sessions_app.records import Session
from support.models import Action, Conversation, ConversationMemory, Escalation, Message, Run, WebhookDelivery


@dataclass(frozen=True)
class Person:
    """customer: who they are. visitors: who they were."""

    customer: Customer
    visitors: tuple[Customer, ...]

    @property
    def ids(self) -> list[UUID]:
        """The ids of all their rows, in order."""
        return sorted([self.customer.id, *(visitor.id for visitor in self.visitors)])

    @property
    def conversations(self) -> "QuerySet[Conversation]":
        """Their conversations, the oldest first."""
        return Conversation.objects.filter(customer__in=self.ids).order_by("created_at", "id")


def find(customer_id: UUID) -> Person:
    """The person behind a customer's row, also when it is that of the visitor they were; NotFound."""
    rows = Customer.objects.select_related("inbox")
    customer = rows.filter(former_visitors__visitor=customer_id).first() or rows.filter(id=customer_id).first()
    if customer is None:
        raise NotFound("There is no such customer. Perhaps they were erased already.")
    return Person(customer, tuple(rows.filter(became__customer=customer).order_by("created_at", "id")))


def sessions(person: Person) -> list[Session]:
    """Their live sessions, and those that write in their conversations. Raises Unavailable."""
    customers, conversations = set(person.ids), set(person.conversations.values_list("id", flat=True))
    return list(finding.matching(lambda one: one.customer in customers or one.conversation in conversations))


def counted(person: Person) -> dict[str, int]:
    """How much there is of them, in words. Raises Unavailable."""
    conversations = person.conversations
    runs = Run.objects.filter(conversation__in=conversations)
    calls = [str(run) for run in runs.values_list("id", flat=True)]
    return {
        "conversations": conversations.count(),
        "messages": Message.objects.filter(conversation__in=conversations).count(),
        "ratings": Message.objects.filter(conversation__in=conversations).exclude(rating=None).count(),
        "turns of the AI agent": runs.count(),
        "tool calls": ToolCall.objects.filter(run__in=calls).count(),
        "actions": Action.objects.filter(conversation__in=conversations).count(),
        "escalations": Escalation.objects.filter(conversation__in=conversations).count(),
        "memories": ConversationMemory.objects.filter(conversation__in=conversations).count(),
        "webhook deliveries": WebhookDelivery.objects.filter(event__conversation__in=conversations).count(),
        "verified e-mail addresses": VerifiedAddress.objects.filter(customer__in=person.ids).count(),
        "sessions": len(sessions(person)),
        "rows as an anonymous visitor": len(person.visitors),
    }
