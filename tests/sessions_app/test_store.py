"""Sessions in Redis: encrypted, bound to their key, bounded, expiring, and updated without losing anything."""

import threading
import time
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from config.common import redis
from config.common.crypto import box
from config.common.errors import Invalid
from sessions_app import records
from sessions_app.records import MAX_BYTES, Session
from sessions_app.store import index_key, record_key, store

CANARY = "canary-7f3a"


def make(**fields) -> Session:
    ids = {name: uuid4() for name in ("id", "inbox", "customer", "conversation")}
    return Session(**({"created_at": 1, "generation": 1, "generation_at": 1} | ids | fields))


def raw(session: Session) -> bytes:
    data = redis.client().get(record_key(session.id))
    assert isinstance(data, bytes)
    return data


def test_what_is_stored_is_loaded():
    session = make(locale="de", metadata={"page": {"path": "/ü"}})
    store.create(session)
    assert store.load(session.id) == session


def test_redis_sees_only_ciphertext():
    """Red when `records.dump` returns `data`."""
    session = make(metadata={"note": CANARY})
    store.create(session)
    data = raw(session)
    assert CANARY.encode() not in data
    for part in (session.customer, session.conversation, session.inbox):
        assert part.hex.encode() not in data
    assert CANARY.encode() in box().decrypt(data)


def test_a_record_copied_to_another_key_is_not_accepted():
    """Red when `records.load` does not compare ids."""
    session, other = make(), make()
    store.create(session)
    redis.client().set(record_key(other.id), raw(session))
    assert store.load(other.id) is None
    assert store.update(other.id, lambda found: replace(found, generation=9)) is None
    assert store.load(session.id) == session


def test_a_record_under_a_key_that_is_not_ours_is_not_accepted(monkeypatch):
    session = make()
    store.create(session)
    redis.client().set(record_key(session.id), Fernet(Fernet.generate_key()).encrypt(b"{}"))
    assert store.load(session.id) is None


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_damaged_record_is_not_accepted(at):
    session = make()
    store.create(session)
    data = bytearray(raw(session))
    data[at] ^= 1
    redis.client().set(record_key(session.id), bytes(data))
    assert store.load(session.id) is None


def sized(size: int) -> Session:
    """A session whose record has `size` bytes."""
    session = make(metadata={"x": ""})
    room = size - len(box().decrypt(records.dump(session)))
    return replace(session, metadata={"x": "y" * room})


def test_a_record_may_be_as_large_as_the_limit():
    session = sized(MAX_BYTES)
    store.create(session)
    assert store.load(session.id) == session


def test_a_larger_record_is_refused_and_the_reason_given():
    """Red when `records.dump` does not look at the size."""
    session = sized(MAX_BYTES + 1)
    with pytest.raises(Invalid) as caught:
        store.create(session)
    assert caught.value.extra["errors"][0]["field"] == "metadata"
    assert "16,385 bytes large; the limit is 16,384" in caught.value.detail
    assert store.load(session.id) is None


def test_a_session_expires(settings):
    settings.SESSION_TTL_SECONDS = 100
    session = make()
    store.create(session)
    assert 0 < redis.client().ttl(record_key(session.id)) <= 100


def test_each_use_pushes_the_expiry_back(settings):
    """Red when _LOAD does not EXPIRE."""
    session = make()
    store.create(session)
    redis.client().expire(record_key(session.id), 5)
    settings.SESSION_TTL_SECONDS = 100
    store.load(session.id)
    assert redis.client().ttl(record_key(session.id)) > 90
    assert due(session) == pytest.approx(time.time() + 100, abs=5)


def due(session: Session) -> float | None:
    """When the index says that the session expires."""
    return redis.client().zscore(index_key(session.id.hex[0]), session.id.hex)


def test_what_was_just_pushed_back_is_left_alone(settings):
    """Red when _LOAD's grain is 0: each look would be a write."""
    settings.SESSION_TTL_SECONDS = 1000
    session = make()
    store.create(session)
    redis.client().expire(record_key(session.id), 950)
    store.load(session.id)
    assert redis.client().ttl(record_key(session.id)) <= 950
    redis.client().expire(record_key(session.id), 930)
    store.load(session.id)
    assert redis.client().ttl(record_key(session.id)) > 990


def test_a_shorter_lifetime_counts_from_the_next_use_on(settings):
    session = make()
    store.create(session)
    settings.SESSION_TTL_SECONDS = 100
    store.load(session.id)
    assert redis.client().ttl(record_key(session.id)) <= 100


def test_the_index_knows_what_there_is():
    """Red when one of _CREATE and _DELETE leaves the index alone."""
    session = make()
    store.create(session)
    assert due(session) is not None
    store.delete(session.id)
    assert due(session) is None


def test_concurrent_updates_all_survive():
    """Red when _REPLACE does not compare."""
    session = make(metadata={"count": 0})
    store.create(session)
    together = threading.Barrier(4)

    def add(found: Session) -> Session:
        return replace(found, metadata={"count": found.metadata["count"] + 1})

    def work() -> None:
        together.wait()
        for _ in range(10):
            store.update(session.id, add)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.load(session.id)
    assert found is not None
    assert found.metadata == {"count": 40}


def test_a_change_that_loses_the_race_is_made_again():
    session = make()
    store.create(session)
    seen = []

    def change(found: Session) -> Session:
        seen.append(found.generation)
        if len(seen) == 1:
            store.create(replace(found, generation=7))
        return replace(found, generation=found.generation + 1)

    assert store.update(session.id, change) == replace(session, generation=8)
    assert seen == [1, 7]


def test_what_is_deleted_is_gone():
    session = make()
    store.create(session)
    store.delete(session.id)
    store.delete(session.id)
    assert store.load(session.id) is None
    assert store.update(session.id, lambda found: found) is None
