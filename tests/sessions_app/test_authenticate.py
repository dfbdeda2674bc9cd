"""Which tokens prove a live session."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.conf import settings

from config.common import redis
from config.common.errors import Unauthorized
from sessions_app import services, tokens
from sessions_app.models import SessionRevocation
from sessions_app.services import Expired
from sessions_app.store import store


def test_a_fresh_token_proves_its_session(session, token):
    assert services.authenticate(token).session == session


def test_a_token_whose_session_redis_lost_proves_none(session, token):
    store.delete(session.id)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_a_revoked_session_is_dead_though_redis_still_has_it(session, token):
    """Red when `authenticate` does not ask PostgreSQL."""
    SessionRevocation.objects.create(session_id=session.id)
    assert store.load(session.id) == session
    with pytest.raises(Unauthorized) as caught:
        services.authenticate(token)
    assert not isinstance(caught.value, Expired)


def test_an_ended_session_is_dead_even_when_its_record_comes_back(session, token):
    services.end(session.id)
    assert store.load(session.id) is None
    store.create(session)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_ending_twice_does_no_harm(session):
    services.end(session.id)
    services.end(session.id)
    assert services.revoked_among([session.id, uuid4()]) == {session.id}


def test_an_expired_token_says_expired(session, token, at, monkeypatch):
    at(session.generation_at + tokens.LIFETIME_SECONDS)
    monkeypatch.setattr("sessions_app.store.clock.observe", lambda seconds: None)
    with pytest.raises(Expired):
        services.authenticate(token)


def test_a_token_of_a_later_generation_proves_nothing(session):
    with pytest.raises(Unauthorized):
        services.authenticate(tokens.sign(replace(session.claims, generation=2)))


def test_expiry_is_judged_by_the_clock_of_redis(session, token, monkeypatch):
    """A machine that is two minutes off neither takes an expired token nor refuses a good one."""
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert services.authenticate(token).session == session
    old = replace(session, generation_at=session.generation_at - tokens.LIFETIME_SECONDS)
    store.create(old)
    with pytest.raises(Expired):
        services.authenticate(tokens.sign(old.claims))


def test_a_redis_that_is_away_is_no_wrong_token(session, token, monkeypatch, unused_tcp_port):
    from config.common.errors import Unavailable

    monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{unused_tcp_port}/0")
    redis.client.cache_clear()
    try:
        with pytest.raises(Unavailable):
            services.authenticate(token)
    finally:
        monkeypatch.undo()
        redis.client.cache_clear()
