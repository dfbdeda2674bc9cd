"""A refresh gives the next token; the one before lives on for 25 seconds and leads to the same successor."""

import threading

import pytest

from config.common.errors import Unauthorized
from sessions_app import services, tokens
from sessions_app.services import REFRESH_GRACE_SECONDS, Caller
from sessions_app.store import store


def refresh(session) -> str:
    return tokens.sign(services.refresh(Caller(session, session.claims)).claims)


def test_the_next_token_proves_the_session(session, token):
    following = refresh(session)
    assert following != token
    assert services.authenticate(following).session.id == session.id


def test_the_same_token_leads_to_the_same_successor(session):
    """Red when `refresh` takes another generation each time."""
    assert refresh(session) == refresh(session)
    kept = store.load(session.id)
    assert kept is not None
    assert kept.generation == 2


def test_many_at_once_get_the_same_successor(session):
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(refresh(session))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1


@pytest.mark.parametrize(("after", "lives"), [(0, True), (24.9, True), (25, False), (26, False), (3000, False)])
def test_the_old_token_lives_for_25_seconds(session, token, at, monkeypatch, after, lives):
    """Red when `_current` does not look at the clock."""
    assert REFRESH_GRACE_SECONDS == 25
    monkeypatch.setattr("sessions_app.store.clock.observe", lambda seconds: None)
    at(session.generation_at + 100)
    refresh(session)
    at(session.generation_at + 100 + after)
    if lives:
        assert services.authenticate(token).claims.generation == 1
    else:
        with pytest.raises(Unauthorized):
            services.authenticate(token)


def test_the_token_before_the_old_one_is_dead_at_once(session, token):
    refresh(session)
    following = store.load(session.id)
    assert following is not None
    refresh(following)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_a_session_that_is_gone_cannot_be_refreshed(session):
    store.delete(session.id)
    with pytest.raises(Unauthorized):
        services.refresh(Caller(session, session.claims))
