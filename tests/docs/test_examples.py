"""Every Python example of the pages runs as it stands there."""

import time
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction

from agents.registry import ToolContext, ToolResult, tool
from agents.turn import Who
from config.common.audit.models import Entry
from config.common.networks import parse_networks
from sessions_app.models import Inbox
from support.models import Conversation, Message, Workplace
from support.workplaces.permissions import BY_INBOX
from tests.agents.conftest import context_of
from tests.docs.pages import Fence, fences
from tests.docs.treatments import Treatment, treatment
from tests.example_client import ApiError, Customer, Integration
from tests.fakes.site import Site
from tests.support.console_cast import conversation, staff

EXAMPLES = [fence for fence in fences("python") if treatment(fence) is Treatment.EXAMPLES]
OF_THE_CLIENT = [fence for fence in EXAMPLES if fence.page == "docs/api.md"]


class Printed(Exception):
    """Something was printed, which is how an example that listens for ever shows that it works."""


def example(page: str) -> Fence:
    (found,) = [fence for fence in EXAMPLES if fence.page == page]
    return found


def test_each_has_a_test_here():
    """Red when a page gains Python that nothing below runs."""
    named = {"api", "audit", "fetching", "help/identify-customers", "staff", "verification"}
    assert {fence.page for fence in EXAMPLES} == {f"docs/{page}.md" for page in named}


@pytest.mark.parametrize("fence", OF_THE_CLIENT, ids=str)
def test_the_client_does_what_the_page_shows(fence, stage):
    """Red when the client, or the API behind it, and docs/api.md drift apart."""
    variables = stage.variables(fence)
    printed: list[tuple] = []

    def show(*what):
        printed.append(what)
        if "customer.events" in fence.text:
            raise Printed

    url, token = variables["URL"], variables.get("TOKEN")
    given = {
        "Customer": Customer,
        "Integration": Integration,
        "ApiError": ApiError,
        "print": show,
        "url": url,
        "inbox": variables["INBOX"],
        "key": variables["KEY"],
        "my_own_id": str(uuid.uuid4()),
        "action": variables.get("ACTION"),
        "team": Integration(url, variables["KEY"]),
        "customer": Customer.start(url, variables["INBOX"], previous_token=token) if token else None,
    }
    try:
        exec(fence.text, given)
    except Printed:
        pass
    assert all(each[0] for each in printed)
    assert printed or "print" not in fence.text or "except ApiError" in fence.text


def test_a_queue_is_worked_off_as_shown(stage):
    """The example for integrations, with somebody in the queue: they are answered, and the agent is in charge again."""
    (fence,) = [fence for fence in OF_THE_CLIENT if "team.claim" in fence.text]
    customer = Customer.start(stage.live.webs[0].url, stage.live.demo["inbox_key"])
    customer.send("Hello", wait=30)
    customer.handoff("I want a person")
    given = {"Integration": Integration, "ApiError": ApiError, "url": customer.url, "key": stage.live.demo["api_key"]}
    exec(fence.text, given)
    texts = [message["text"] for message in customer.messages(customer.conversation)]
    assert "I am looking into it." in texts


def test_an_identity_that_the_page_signs_is_believed(stage):
    """Red when a claim of the page is not the one that is read."""
    given: dict = {"IDENTITY_SECRET": stage.live.demo["identity_secret"]}
    exec(example("docs/help/identify-customers.md").text, given)
    user = SimpleNamespace(id=uuid.uuid4(), email="ada@example.com", full_name="Ada")
    customer = stage.live.customer(identity=given["chat_identity"](user))
    shown = customer.session["customer"]
    assert (shown["identified"], shown["email"], shown["name"]) == (True, "ada@example.com", "Ada")
    query = "SELECT sub FROM sessions_app_customer WHERE id = %s"
    assert stage.live.rows(query, shown["id"]) == [{"sub": str(user.id)}]


def test_the_page_on_fetching_fetches(settings):
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])
    with Site() as site:
        site.html("/", "<p>Hello</p>")
        given: dict[str, Any] = {"url": f"{site.url}/", "etag": "none"}
        exec(example("docs/fetching.md").text, given)
        assert given["answer"].status == 200
        exec(example("docs/fetching.md").text, given | {"url": "http://127.0.0.1:1/"})


@pytest.mark.django_db
def test_the_page_on_the_audit_trail_leaves_an_entry():
    started = time.time()
    inbox = Inbox.objects.create(name="Shop")
    exec(example("docs/audit.md").text, {"inbox": inbox, "transaction": transaction})
    entry = Entry.objects.latest("pk")
    assert (entry.action, entry.at.timestamp() > started - 5) == ("setting.changed", True)


@pytest.mark.django_db
def test_the_page_on_staff_limits_a_page_of_ones_own(rf):
    """Messages are the parcels: they belong to conversations too. Red when ByInbox does not limit what it shows."""
    here, elsewhere = conversation("Here"), conversation("Elsewhere")
    brand = Inbox.objects.create(name="Another brand")
    Conversation.objects.filter(pk=elsewhere.conversation).update(inbox=brand)
    Workplace.objects.create(user=staff("bob")).inboxes.set([here.inbox])
    pages: dict[Any, Any] = {}
    desk = SimpleNamespace(register=lambda model: lambda page: pages.setdefault(model, page))
    before = set(BY_INBOX)
    try:
        exec(example("docs/staff.md").text, {"admin": desk, "Parcel": Message})
        assert BY_INBOX - before == {"parcels.view_parcel"}
    finally:
        BY_INBOX.intersection_update(before)
    request = rf.get("/")
    request.user = staff("bob")
    shown = pages[Message](Message, admin.site).get_queryset(request)
    assert [message.text for message in shown] == ["Here"]


async def test_the_page_on_verification_shows_a_tool():
    """Red when `verified` is no level, or the address is not where the page says."""

    async def orders_of(address: str) -> str:
        return f"Orders of {address}"

    given: dict[str, Any] = {"tool": tool, "ToolContext": ToolContext, "ToolResult": ToolResult, "orders_of": orders_of}
    exec(example("docs/verification.md").text, given)
    proven = Who(uuid.uuid4(), None, verified_email="carla@example.com")
    assert given["my_orders"].admits(proven)
    assert not given["my_orders"].admits(replace(proven, verified_email=""))
    context = ToolContext(replace(context_of("Mine?"), who=proven), [])
    assert (await given["my_orders"].run(context, {})).text == "Orders of carla@example.com"
