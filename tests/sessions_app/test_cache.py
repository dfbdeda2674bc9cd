"""What was proven a moment ago is believed for a moment, and no longer."""

import threading
import time
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from config.common import redis
from config.common.errors import Unauthorized
from sessions_app import cache as caches
from sessions_app import services, tokens
from sessions_app.cache import Listener, SessionCache
from sessions_app.models import SessionRevocation
from sessions_app.services import Caller
from sessions_app.store import record_key, store
from tests.sessions_app.test_store import make


@pytest.fixture
def now(monkeypatch):
    """A monotonic clock to be moved."""
    moment = [time.monotonic()]
    monkeypatch.setattr("sessions_app.cache.time.monotonic", lambda: moment[0])

    def move(seconds: float) -> None:
        moment[0] += seconds

    return move


@pytest.fixture
def cache():
    made = SessionCache(max_entries=3)
    made.listen(True)
    return made


def wait_until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def fill(cache, session=None):
    session = session or make()
    cache.fill(session.id, lambda _: session)
    return session


def test_kept_for_seconds_from_before_it_was_read(cache, now):
    """Red when `fill` reads the clock after `read`."""
    session = make()

    def slow(_):
        now(2)
        return session

    assert cache.fill(session.id, slow) == session
    now(caches.LIFETIME_SECONDS - 2.01)
    assert cache.get(session.id) == session
    now(0.02)
    assert cache.get(session.id) is None


def test_the_bound_leaves_room_within_five_seconds():
    assert caches.LIFETIME_SECONDS < 5


def test_the_least_recently_used_goes_first(cache):
    """Red when `get` does not move to the end."""
    first, second, third = fill(cache), fill(cache), fill(cache)
    cache.get(first.id)
    fourth = fill(cache)
    assert [cache.get(session.id) for session in (first, second, third, fourth)] == [first, None, third, fourth]
    assert len(cache) == 3


def test_what_is_not_found_takes_no_room(cache):
    assert cache.fill(uuid4(), lambda _: None) is None
    assert len(cache) == 0


def test_what_fails_takes_no_room(cache):
    with pytest.raises(RuntimeError):
        cache.fill(uuid4(), lambda _: (_ for _ in ()).throw(RuntimeError))
    assert len(cache) == 0


def test_what_is_forgotten_while_it_is_read_is_not_kept(cache):
    """Red when `fill` stores its entry after the read."""
    session = make()

    def read(session_id):
        cache.forget(session_id)
        return session

    assert cache.fill(session.id, read) == session
    assert cache.get(session.id) is None


def test_nothing_is_kept_while_nobody_listens():
    """Red when `fill` does not look at `listening`."""
    cache = SessionCache()
    session = fill(cache)
    assert cache.get(session.id) is None


@pytest.fixture
def elsewhere(monkeypatch):
    """The cache of another process, which listens; what it keeps does not expire before it hears."""
    monkeypatch.setattr(caches, "LIFETIME_SECONDS", 60)
    made = SessionCache()
    listener = Listener(made)
    listener.start()
    wait_until(lambda: made.listening)
    yield made
    listener.stop()


def test_a_change_is_heard_by_other_processes(elsewhere):
    """Red when _REPLACE does not publish."""
    session = make()
    store.create(session)
    elsewhere.fill(session.id, store.load)
    store.update(session.id, lambda found: found.refreshed(2))
    wait_until(lambda: elsewhere.get(session.id) is None)


def test_an_end_is_heard_by_other_processes(elsewhere):
    """Red when _DELETE does not publish."""
    session = make()
    store.create(session)
    elsewhere.fill(session.id, store.load)
    store.delete(session.id)
    wait_until(lambda: elsewhere.get(session.id) is None)


def test_who_lost_the_connection_keeps_nothing_from_before(elsewhere):
    """Red when `listen` keeps the entries: what changed in between was not heard."""
    session = make()
    store.create(session)
    elsewhere.fill(session.id, store.load)
    assert elsewhere.get(session.id) == session
    redis.client().client_kill_filter(_type="pubsub")
    wait_until(lambda: elsewhere.get(session.id) is None)
    wait_until(lambda: elsewhere.listening)


@pytest.fixture
def in_use(monkeypatch):
    """The product's own cache, as in a web process that hears nothing of others."""
    made = SessionCache()
    made.listen(True)
    monkeypatch.setattr(services, "cache", made)
    return made


def test_a_proven_session_costs_no_query_and_no_look_at_redis(
    in_use, session, token, django_assert_num_queries, monkeypatch
):
    services.authenticate(token)
    redis.client().delete(record_key(session.id))
    with django_assert_num_queries(0):
        assert services.authenticate(token).session == session


def test_ended_here_is_dead_at_once(in_use, session, token):
    """Red when `end` does not forget."""
    services.authenticate(token)
    services.end(session.id)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_ended_elsewhere_is_dead_in_time_though_nobody_heard(in_use, session, token, now):
    """Red when an entry does not expire."""
    services.authenticate(token)
    SessionRevocation.objects.create(session_id=session.id)
    assert services.authenticate(token)
    now(caches.LIFETIME_SECONDS)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_ended_without_redis_is_dead_at_once_and_stays_so(in_use, session, token, away_after):
    """Red when `end` lets Unavailable out before the cache forgets."""
    services.authenticate(token)
    with away_after():
        services.end(session.id)
        with pytest.raises(Exception, match="unavailable"):
            services.authenticate(token)
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_a_refresh_elsewhere_is_seen(in_use, session, token):
    """Red when `authenticate` refuses what its cache does not know."""
    services.authenticate(token)
    following = store.update(session.id, lambda found: found.refreshed(found.generation_at + 1))
    assert services.authenticate(tokens.sign(following.claims)).session == following


def test_a_refresh_here_ends_the_token_before_the_last_at_once(in_use, session, token):
    """Red when `refresh` does not forget."""
    caller = Caller(session, session.claims)
    services.authenticate(token)
    following = services.refresh(caller)
    services.authenticate(token)
    services.refresh(Caller(following, following.claims))
    with pytest.raises(Unauthorized):
        services.authenticate(token)


def test_use_pushes_the_expiry_back_all_the_same(in_use, session, token, now):
    """Red when entries live for long: Redis would not see that the session is in use."""
    services.authenticate(token)
    redis.client().expire(record_key(session.id), 5)
    services.authenticate(token)
    now(caches.LIFETIME_SECONDS)
    services.authenticate(token)
    assert redis.client().ttl(record_key(session.id)) > 100


def test_hits_and_misses_are_counted(in_use, session, token):
    def counted(result: str) -> float:
        return REGISTRY.get_sample_value("replywell_session_cache_lookups_total", {"result": result}) or 0.0

    hits, misses = counted("hit"), counted("miss")
    for _ in range(4):
        services.authenticate(token)
    assert (counted("hit") - hits, counted("miss") - misses) == (3, 1)
