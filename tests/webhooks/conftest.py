"""A receiver that may be reached, and webhooks that lead to it."""

import pytest

from config.common.networks import parse_networks
from support.webhooks import delivery, subscriptions
from support.webhooks.models import WebhookDelivery
from support.webhooks.subscriptions import Wish
from tests.fakes.receiver import Receiver


@pytest.fixture
def receiver(settings):
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.2"])
    with Receiver() as server:
        yield server


@pytest.fixture
def hook(receiver):
    """Make a webhook; returns it with its secret."""

    def make(**wish):
        return subscriptions.create(Wish(**{"url": receiver.url, "inboxes": None} | wish))

    return make


@pytest.fixture
def work():
    """Deliver what is due to a webhook, as the worker would; `again`: also what waits for its next attempt."""

    def deliver(webhook, *, again=False):
        if again:
            WebhookDelivery.objects.filter(webhook=webhook, state="pending").update(next_at="2000-01-01T00:00Z")
        delivery.work(webhook.pk, seconds=60)

    return deliver
