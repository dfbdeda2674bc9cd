"""Fixtures of the session tests: inboxes, live sessions, a clock to be moved."""

from contextlib import contextmanager

import pytest
import redis as redis_module

from config.common import clock, redis
from sessions_app import services, tokens
from sessions_app.models import Customer, Inbox
from sessions_app.services import Start


@pytest.fixture
def inbox(db):
    return Inbox.objects.create(name="Acme")


@pytest.fixture
def customer(inbox):
    return Customer.objects.create(inbox=inbox)


@pytest.fixture
def session(inbox, customer):
    """A session that was just started."""
    return services.open_session(inbox, customer, customer.id, Start(inbox.key))


@pytest.fixture
def token(session):
    return tokens.sign(session.claims)


@pytest.fixture
def at(monkeypatch):
    """Set the server's clock to a moment, in seconds since the epoch."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(clock, "timestamp", lambda: seconds)

    return move


@pytest.fixture
def away_after(unused_tcp_port):
    """Redis is there, and away within the block."""

    @contextmanager
    def away():
        there = redis.client()
        nowhere = redis_module.ConnectionPool.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
        pool, there.connection_pool = there.connection_pool, nowhere
        try:
            yield
        finally:
            there.connection_pool = pool

    return away


@pytest.fixture
def redis_away(away_after):
    """Redis is not there."""
    with away_after():
        yield
