"""A webhook is nobody's way into this network: each delivery is resolved, checked and pinned."""

import pytest

from config.common.fetch import Refused, Request, fetch
from config.common.networks import parse_networks
from support.models import Webhook, WebhookDelivery
from support.webhooks.addresses import url_problem
from support.webhooks.limits import MAX_URL
from tests.fakes.receiver import Answer, Receiver
from tests.support.conversations import ask, new_place

pytestmark = pytest.mark.django_db

SPELLINGS = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::1]"]
SPELLINGS += ["[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "①②⑦.0.0.1"]


@pytest.fixture
def inner():
    """What nobody may reach."""
    with Receiver("127.0.0.1") as server:
        yield server


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_is_delivered_to(hook, inner, work, host):
    """Red when deliveries do not go through `fetch`. The address got there past the form's check."""
    webhook, _ = hook(types=["message.created"], url=f"http://{host}:{inner.port}/")
    ask(new_place())
    work(webhook)
    assert inner.received == []
    assert WebhookDelivery.objects.get().state in {"dead", "pending"}
    assert WebhookDelivery.objects.get().error


def test_what_may_not_be_reached_is_given_up_at_once(hook, inner, work):
    """Red when `final` does not look at `permanent`."""
    webhook, _ = hook(types=["message.created"], url=inner.url)
    ask(new_place())
    work(webhook)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("dead", 1)
    assert "which is not a public address" in row.error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(hook, receiver, work, status):
    """Red when `fetch` follows redirects of POST, here to what may be reached."""
    with Receiver() as other:
        receiver.answer = Answer(status, b"", {"Location": other.url})
        webhook, _ = hook(types=["message.created"])
        ask(new_place())
        work(webhook)
        assert (len(receiver.received), other.received) == (1, [])


def test_without_encryption_only_allowed_networks_are_sent_to(receiver, settings):
    """Red when `reachable` does not look at `inner_only`."""
    with pytest.raises(Refused, match="not in FETCH_ALLOWED_NETWORKS"):
        fetch(Request("http://hook.test/", "POST"), resolve=lambda *_: ["8.8.8.8"], inner_only=True)
    answer = fetch(Request(receiver.url, "POST", content=b"{}"), inner_only=True)
    assert answer.status == 200


def test_in_production_plain_http_stays_inside(hook, receiver, work, settings):
    """Red when `inner_only` is never set."""
    settings.DEVELOPMENT = False
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    assert WebhookDelivery.objects.get().state == "delivered"
    Webhook.objects.update(url="http://8.8.8.8/")
    ask(new_place())
    work(webhook)
    assert "not in FETCH_ALLOWED_NETWORKS" in WebhookDelivery.objects.first().error


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.com/hook?key=1", None),
        ("https://example.com/" + "x" * (MAX_URL - 20), None),
        ("https://example.com/" + "x" * (MAX_URL - 19), "2,001 characters"),
        ("https://8.8.8.8/", None),
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "only http and https"),
        ("https://user:pass@example.com/", "user name"),
        ("https://", "only http"),
        ("example.com", "only http"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://169.254.169.254/", "not a public address"),
    ],
)
def test_an_address_is_checked_when_it_is_given(settings, url, problem):
    settings.DEVELOPMENT = False
    found = url_problem(url)
    assert (found is None) if problem is None else problem in str(found)


@pytest.mark.parametrize(
    ("url", "fits"), [("http://10.1.2.3/", True), ("http://10.9.2.3/", False), ("http://wiki.test/", True)]
)
def test_plain_http_is_for_allowed_networks(settings, url, fits):
    settings.DEVELOPMENT = False
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["10.1.0.0/16"])
    assert (url_problem(url) is None) is fits


def test_plain_http_is_for_development(settings):
    assert settings.DEVELOPMENT
    assert url_problem("http://example.com/") is None
