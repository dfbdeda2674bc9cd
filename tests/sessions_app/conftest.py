"""Fixtures of the session tests: inboxes, live sessions, a clock to be moved."""

import pytest

from config.common import clock
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
def redis_away(away_after):
    """Redis is not there."""
    with away_after():
        yield
