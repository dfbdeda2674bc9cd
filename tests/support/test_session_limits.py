"""New sessions: so many per address, and none while Redis is away, with a clear word in both cases."""

import uuid

import pytest

from config.common import redis
from config.common.ratelimit import Policy
from config.common.rates import Rate
from sessions_app.models import Customer, Inbox
from support.api import sessions

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox():
    return Inbox.objects.create(name="Acme")


@pytest.fixture
def limit(monkeypatch):
    made = Policy(f"test-{uuid.uuid4().hex}", Rate(2, 3600), sessions.SESSIONS.fail_open)
    monkeypatch.setattr(sessions, "SESSIONS", made)


def start(client, inbox, address: str = "203.0.113.7", **body):
    return client.post(
        "/api/v1/sessions", {"inbox": inbox.key} | body, content_type="application/json", REMOTE_ADDR=address
    )


def test_so_many_of_one_address(client, inbox, limit):
    """Red when the view does not check."""
    assert [start(client, inbox).status_code for _ in range(2)] == [201, 201]
    response = start(client, inbox)
    assert response.status_code == 429
    assert 1790 <= int(response["Retry-After"]) <= 1800
    assert response.json()["type"] == "urn:replywell:error:rate_limited"
    assert start(client, inbox, "203.0.113.8").status_code == 201


def test_refused_ones_count_too(client, inbox, limit):
    """Guessing inbox keys is limited as well."""
    codes = [client.post("/api/v1/sessions", {"inbox": "x"}, content_type="application/json") for _ in range(3)]
    assert [response.status_code for response in codes] == [404, 404, 429]


def test_without_redis_a_clear_503_and_nothing_is_left_behind(client, inbox, settings, unused_tcp_port):
    """Red when the policy fails open: a customer would be made at every try."""
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}"
    redis.client.cache_clear()
    response = start(client, inbox)
    redis.client.cache_clear()
    assert response.status_code == 503
    assert response.json()["type"] == "urn:replywell:error:unavailable"
    assert Customer.objects.count() == 0


def test_too_much_metadata_is_a_400_that_says_how_much(client, inbox):
    response = start(client, inbox, metadata={"x": "y" * 17_000})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"].startswith("metadata")
