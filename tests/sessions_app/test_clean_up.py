"""What is left of sessions that are over goes, in batches, and nothing else does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from config.common import clock, events, redis
from sessions_app import cleanup, services, tasks
from sessions_app.lock import hold
from sessions_app.models import SessionRevocation
from sessions_app.services import Start
from sessions_app.store import SHARDS, index_key, record_key, store
from tests.sessions_app.test_store import due, make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_else():
    """Sessions of other tests belong to customers that are gone."""
    redis.client().flushdb()


@pytest.fixture
def reported(monkeypatch):
    """What the log says was done."""
    seen: list[dict] = []
    monkeypatch.setattr(events, "emit", lambda event, *_, **fields: seen.append({"event": str(event)} | fields))
    return seen


@pytest.fixture
def every_shard(monkeypatch):
    """Look at the customers of all sessions, not of one shard's."""
    one = cleanup.delete_ownerless
    monkeypatch.setattr(cleanup, "delete_ownerless", lambda _: sum(map(one, SHARDS)))


def revoked(ago: timedelta, session_id=None) -> SessionRevocation:
    row = SessionRevocation.objects.create(session_id=session_id or uuid4())
    SessionRevocation.objects.filter(pk=row.pk).update(revoked_at=timezone.now() - ago)
    return row


def test_old_revocations_are_forgotten():
    lifetime = timedelta(days=365, seconds=settings.SESSION_TTL_SECONDS + 3600)
    revoked(lifetime + timedelta(minutes=1))
    kept = revoked(lifetime - timedelta(minutes=1))
    assert cleanup.forget_revocations() == 1
    assert list(SessionRevocation.objects.all()) == [kept]


def overdue(session) -> None:
    redis.client().zadd(index_key(session.id.hex[0]), {session.id.hex: 1})


def test_what_has_expired_leaves_the_index(monkeypatch):
    """Red when _FORGET_EXPIRED removes nothing."""
    monkeypatch.setattr(cleanup, "BATCH", 2)
    expired, alive = [make() for _ in range(40)], make()
    for session in [*expired, alive]:
        store.create(session)
    for session in expired:
        redis.client().delete(record_key(session.id))
        overdue(session)
    assert sum(cleanup.forget_expired(shard) for shard in SHARDS) == 40
    assert [due(session) for session in expired] == [None] * 40
    assert due(alive) is not None
    assert store.load(alive.id) == alive


def test_an_entry_whose_record_lives_on_stays_and_is_set_right():
    """Red when _FORGET_EXPIRED does not look at the record."""
    session = make()
    store.create(session)
    overdue(session)
    assert cleanup.forget_expired(session.id.hex[0]) == 0
    assert due(session) == pytest.approx(clock.timestamp() + settings.SESSION_TTL_SECONDS, abs=10)


def test_a_session_that_ended_while_redis_was_away_goes(session):
    """Red when `delete_revoked` looks at no revocation."""
    other = make()
    store.create(other)
    revoked(timedelta(hours=1), session.id)
    revoked(timedelta(hours=1))
    assert cleanup.delete_revoked() == 1
    assert store.load(session.id) is None
    assert store.load(other.id) == other


def test_sessions_of_deleted_customers_go(inbox, customer, session):
    """Red when `delete_ownerless` keeps what it does not know."""
    gone = type(customer).objects.create(inbox=inbox)
    orphan = services.open_session(inbox, gone, gone.id, Start(inbox.key))
    gone.delete()
    assert sum(cleanup.delete_ownerless(shard) for shard in SHARDS) == 1
    assert store.load(orphan.id) is None
    assert store.load(session.id) == session


def test_what_cannot_be_read_is_left_alone(session):
    """It may be another release's, or its key may come back."""
    redis.client().set(record_key(session.id), b"?")
    assert sum(cleanup.delete_ownerless(shard) for shard in SHARDS) == 0
    assert redis.client().get(record_key(session.id)) == b"?"


def test_the_task_does_all_of_it_and_says_so(session, every_shard, reported):
    orphan, ended, expired = make(), make(), make()
    for made in (orphan, ended, expired):
        store.create(made)
    redis.client().delete(record_key(expired.id))
    overdue(expired)
    revoked(timedelta(hours=1), ended.id)
    revoked(timedelta(days=1000))
    tasks.clean_up()
    assert reported == [{"event": "sessions.cleaned", "expired": 1, "revoked": 1, "ownerless": 1, "revocations": 1}]
    assert store.load(session.id) == session


def test_one_at_a_time(session, reported):
    """Red when `clean_up` takes no lock."""
    overdue(session)
    with hold("sessions.clean_up"):
        tasks.clean_up()
    assert reported == []
    assert due(session) == 1


def test_who_lost_the_lock_stops(session, reported, monkeypatch):
    """Red when `clean_up` does not check its lock."""
    monkeypatch.setattr("sessions_app.lock.Held.lost", True)
    overdue(session)
    tasks.clean_up()
    assert due(session) == 1
    assert [line["event"] for line in reported][-2:] == ["loop.failed", "sessions.cleaned"]


def test_every_shard_gets_its_turn(monkeypatch, at):
    seen = []
    monkeypatch.setattr(cleanup, "delete_ownerless", lambda shard: seen.append(shard) or 0)
    for number in range(len(SHARDS)):
        at(1_000_000 + number * tasks.INTERVAL_SECONDS)
        tasks.clean_up()
    assert sorted(seen) == sorted(SHARDS)
