"""Two brands under one roof: Lisa is limited to Alpha, and Beta has a customer with all that may be kept of one.

Lisa has every permission there is, so that nothing but her inboxes stands in her way; Omar has them too, and no limits.
"""

import uuid
from types import SimpleNamespace

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from agents.models import HttpTool, McpServer, McpTool, ToolCall
from sessions_app.models import ApiKey, Customer, Inbox
from support import actions
from support.actions import Place
from support.models import (
    Action,
    Conversation,
    Erasure,
    EscalationPolicy,
    EscalationSimulation,
    Message,
    NotificationPlan,
    Run,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from support.workplaces import choosing

# What tells that something of Beta was shown.
MARKS = ["Betamax", "Zebedee", "purple parcel", "refunds of Zebedee", "zebedee@example.com"]


def person(username, inboxes=None):
    """A member of staff with every permission, limited to these inboxes (None: to none)."""
    user = User.objects.create_user(username, email=f"{username}@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    choosing.choose(user, inboxes)
    return user


def browser(user):
    """A browser in which they are signed in."""
    client = Client()
    client.force_login(user)
    return client


def place(inbox, name="Zebedee", text="Where is my purple parcel?"):
    """A customer of the inbox who has written."""
    customer = Customer.objects.create(inbox=inbox, name=name, email=f"{name.lower()}@example.com", sub=name)
    made = Place(uuid.uuid4(), inbox.id, customer.id, "en")
    actions.receive_message(made, uuid.uuid4(), text, "nobody")
    return made


def world():
    """Both inboxes, Lisa and Omar, and one row of everything that Beta's customer has led to."""
    alpha, beta = Inbox.objects.create(name="Alpha"), Inbox.objects.create(name="Betamax")
    here, there = place(alpha, "Anna", "Hello from Alpha"), place(beta)
    conversation = Conversation.objects.get(pk=there.conversation)
    run = Run.objects.get(conversation=conversation)
    now = timezone.now()
    action = Action.objects.create(
        conversation=conversation, run=run, call="c", tool="refund", risk="approval", expires_at=now, created_at=now,
        title="refunds of Zebedee", arguments={"who": "Zebedee"}, shown={"who": "Zebedee"},
    )  # fmt: skip
    Conversation.objects.filter(pk=conversation.pk).update(action_count=1)
    call = ToolCall.objects.create(
        run=run.pk, call="c", tool="refund", risk="read", arguments={"who": "Zebedee"}, state="done", took_ms=1,
        result="purple parcel",
    )  # fmt: skip
    plan = NotificationPlan.objects.create(inbox=beta, enabled=True, addresses=["zebedee@example.com"])
    policy = EscalationPolicy.objects.create(inbox=beta)
    listed = [{"id": str(conversation.pk), "kind": "more", "then": None, "now": 1, "rule": "Zebedee", "reason": "r"}]
    counts = dict.fromkeys(("conversations", "then", "now", "more", "fewer", "earlier", "by_agent", "different"), 1)
    EscalationSimulation.objects.create(
        inbox=beta, rules=[], since=now, until=now, state="done",
        result=counts | {"rules": [], "listed": listed, "capped": False},
    )  # fmt: skip
    hook = Webhook.objects.create(url="https://zebedee.example.com/hook", secret="whsec_x")
    event = WebhookEvent.objects.create(
        type="message.created", conversation=conversation, body='{"text": "purple parcel"}'
    )
    return SimpleNamespace(
        alpha=alpha, beta=beta, here=here, there=there, run=run, action=action, call=call, plan=plan, policy=policy,
        webhook=hook, delivery=WebhookDelivery.objects.create(event=event, webhook=hook),
        message=Message.objects.get(conversation=conversation, seq=1),
        lisa=person("lisa", [alpha]), omar=person("omar"),
    )  # fmt: skip


def settings_of_all():
    """A row of each kind that concerns every inbox."""
    server = McpServer.objects.create(name="server", url="https://mcp.example.com")
    return SimpleNamespace(
        key=ApiKey.issue("CRM", ["conversations:read"])[0],
        tool=HttpTool.objects.create(name="order", description="d", label="l", title="t", url="https://x.example.com"),
        server=server,
        mcp_tool=McpTool.objects.create(server=server, name="mcp", offered={"schema": {}}, changed={"schema": {}}),
        erasure=Erasure.objects.create(by="x", erased_at=timezone.now(), removed={}, salt="s", marks=[], digest="d"),
    )
