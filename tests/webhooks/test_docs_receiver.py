"""The receiver in docs/webhooks.md works as it is printed there."""

import os
import re
import socket
import subprocess
import sys

import httpx2
import pytest

from config.common.networks import parse_networks
from support.models import Webhook, WebhookDelivery
from support.webhooks import signing
from tests.engines import ROOT
from tests.support.conversations import ask, new_place

pytestmark = pytest.mark.django_db

TEXT = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture
def example():
    """The example as a process: its port, its secret, and its output."""
    [code] = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    secret = signing.new_secret()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        reached = httpx2.Client(transport=httpx2.HTTPTransport(retries=12))
        assert reached.get(f"http://127.0.0.1:{port}/").status_code == 501
        yield port, secret, process.stdout
    finally:
        process.kill()
        process.wait()


def test_the_example_takes_what_we_send_and_nothing_else(example, hook, work, settings):
    """Red when what is signed here is not what is verified there."""
    port, secret, output = example
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])
    webhook, _ = hook(types=["message.created"], url=f"http://127.0.0.1:{port}/")
    ask(new_place())
    work(webhook)
    assert WebhookDelivery.objects.get().status == 401
    Webhook.objects.update(secret=secret)
    work(webhook, again=True)
    delivery = WebhookDelivery.objects.select_related("event").get()
    assert (delivery.status, delivery.state) == (204, "delivered")
    assert output.readline().split() == [delivery.event.message_id, "message.created"]


def test_the_printed_vector_is_right():
    found = re.search(
        r"secret `(whsec_\S+)`, the id `(\S+)`, the timestamp `(\d+)`\s+and the body `(.+?)` .*?`(v1,\S+)`", TEXT, re.S
    )
    secret, message_id, timestamp, body, printed = found.groups()
    assert signing.signature(secret, message_id, int(timestamp), body.encode()) == printed
