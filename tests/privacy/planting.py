"""A customer who has left something in every place that a customer can reach, each time with a text of its own."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models.functions import Now

from agents.models import ToolCall
from sessions_app import services, tokens, verified
from sessions_app.models import Customer, Inbox
from sessions_app.records import Session
from support import actions
from support.models import (
    Action,
    Conversation,
    ConversationMemory,
    Escalation,
    EscalationSimulation,
    Message,
    Run,
    Spending,
    WebhookDelivery,
    WebhookEvent,
)
from support.verification import asking
from support.webhooks import subscriptions
from support.webhooks.subscriptions import Wish
from tests.support.console_cast import staff

OWNER = "planting"


@dataclass
class Planted:
    """customer: who they are. visitor: who they were. texts: what was planted, by where; `ids`: by which they are known."""

    inbox: Inbox
    customer: Customer
    visitor: Customer
    session: Session
    token: str
    conversation: Conversation
    run: Run
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> list[uuid.UUID]:
        return [self.customer.id, self.visitor.id, self.conversation.id, self.run.id]


def plant(prefix: str = "canary") -> Planted:
    """A customer who came as a visitor, signed in, wrote, was answered with a tool, rated, and went to people."""
    texts: dict[str, str] = {}

    def text(where: str) -> str:
        texts[where] = f"{prefix}-{where.replace(' ', '-')}-{uuid.uuid4().hex[:6]}"
        return texts[where]

    inbox, _ = Inbox.objects.get_or_create(key=f"ib_{prefix}", defaults={"name": "Acme"})
    subscriptions.create(Wish(url="https://hooks.example.com/", inboxes=None))
    visit = services.Start(inbox.key, metadata={"page": f"https://shop.example.com/{text('page URL')}"})
    visitor = services.find_customer(visit, inbox, None)
    first = services.open_session(inbox, visitor, uuid.uuid4(), visit)
    customer = Customer.objects.create(
        inbox=inbox,
        sub=text("sub"),
        name=text("name"),
        email=f"{text('e-mail')}@example.com",
        metadata={"plan": text("attribute")},
    )
    services._remember_visitor(visitor.id, customer)
    for who in (visitor, customer):
        verified.note(
            who.id, f"{text('proven by ' + ('them' if who.sub else 'the visitor'))}@example.com", verified.How.CODE
        )
    start = services.Start(inbox.key, metadata={"note": text("session metadata")})
    session = services.open_session(inbox, customer, first.conversation, start)
    place = actions.Place(session.conversation, inbox.id, customer.id, "en")
    run = actions.receive_message(place, uuid.uuid4(), text("message"), OWNER).run
    assert run is not None
    conversation = Conversation.objects.get(id=place.conversation)
    _answer(conversation, run, text)
    _tell(conversation, run, text)
    return Planted(inbox, customer, visitor, session, tokens.sign(session.claims), conversation, run, texts)


def _answer(conversation: Conversation, run: Run, text) -> None:
    """What a turn leaves behind."""
    reply = Message.objects.create(
        conversation=conversation,
        seq=2,
        role="assistant",
        text=text("answer"),
        run=run,
        author_name="Acme",
        citations=[{"index": 1, "quote": "From an article."}],
    )
    Conversation.objects.filter(id=conversation.id).update(last_seq=2)
    actions.rate(conversation.id, reply.id, "down", text("rating reason"), text("rating comment"))
    query = text("search")
    Run.objects.filter(id=run.id).update(passages=[{"text": "Of an article."}], searches=[{"query": query}])
    ToolCall.objects.create(
        run=run.id,
        call="call_1",
        tool="order_state",
        risk="read",
        arguments={"order": text("tool argument")},
        state="done",
        result=text("tool result"),
        took_ms=1,
    )
    # Long ago: what is removed late, by its age, is another thing.
    ToolCall.objects.filter(run=run.id).update(created_at=Now() - timedelta(days=2))
    Action.objects.create(
        conversation=conversation,
        run=run,
        call="call_2",
        tool="refund",
        risk="write",
        title=text("action title"),
        arguments={"order": text("action argument")},
        shown={"order": text("shown argument")},
        result=text("action result"),
        expires_at=Now(),
        state="done",
    )
    asking.challenge(_waiting(conversation, run), conversation)
    slots = {"order": {"value": text("fact"), "seq": 1, "by": "customer"}}
    ConversationMemory.objects.create(conversation=conversation, summary=text("notes"), slots=slots)
    Spending.objects.create(inbox=conversation.inbox, conversation=conversation, tokens=7, cost=0)


def _waiting(conversation: Conversation, run: Run) -> Action:
    """A call that waits for a proof."""
    of = {"conversation": conversation, "run": run, "expires_at": Now() + timedelta(hours=1)}
    call = {"call": "call_3", "tool": "my_orders", "risk": "read", "title": "Looking up your orders"}
    return Action.objects.create(**of, **call, arguments={}, shown={}, verifies=True)


def _tell(conversation: Conversation, run: Run, text) -> None:
    """What people, other systems and the admin were told."""
    Conversation.objects.filter(id=conversation.id).update(
        escalation_reason="asked", escalation_note=text("note for people")
    )
    rule = {"values": {"keyword": text("keyword")}, "reason": text("escalation reason")}
    Escalation.objects.create(conversation=conversation, run=run, seq=1, origin="rule", action="escalate", **rule)
    others = {"id": str(uuid.uuid4()), "kind": "more", "values": {}}
    listed = {"id": str(conversation.id), "kind": "more", "values": {"keyword": text("simulation")}}
    EscalationSimulation.objects.create(
        inbox=conversation.inbox, rules=[], since=Now(), until=Now(), state="done", result={"listed": [others, listed]}
    )
    EscalationSimulation.objects.update(beat_at=Now() - timedelta(days=2))
    event = WebhookEvent.objects.filter(conversation=conversation).first()
    WebhookDelivery.objects.filter(event=event).update(
        response=text("response of a receiver"), error=text("error of a receiver"), log=[{"error": text("log")}]
    )
    LogEntry.objects.create(
        user=staff("rita"),
        content_type=ContentType.objects.get_for_model(Customer),
        object_id=str(conversation.customer_id),
        object_repr=text("log of the admin"),
        action_flag=2,
    )
