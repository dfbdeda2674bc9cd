"""Sessions in Redis: encrypted, bound to their key, bounded, expiring, and updated without losing anything."""

import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from config.common import redis
from config.common.crypto import box
from config.common.errors import Invalid
from sessions_app import store as stores
from sessions_app.store import RECORD_MAX_BYTES, Session, store

CANARY = "canary-7f3a"


def make(**fields) -> Session:
    ids = {name: uuid4() for name in ("id", "inbox", "customer", "conversation")}
    return Session(**({"created_at": 1, "generation": 1, "generation_at": 1} | ids | fields))


def key(session_id: UUID) -> str:
    return f"session:{session_id.hex}"


def raw(session: Session) -> bytes:
    data = redis.client().get(key(session.id))
    assert isinstance(data, bytes)
    return data


def test_what_is_stored_is_loaded():
    session = make(locale="de", metadata={"page": {"path": "/ü"}})
    store.create(session)
    assert store.load(session.id) == session


def test_redis_sees_only_ciphertext():
    """Red when `_dump` returns `data`."""
    session = make(metadata={"note": CANARY})
    store.create(session)
    data = raw(session)
    assert CANARY.encode() not in data
    for part in (session.customer, session.conversation, session.inbox):
        assert part.hex.encode() not in data
    assert CANARY.encode() in box().decrypt(data)


def test_a_record_copied_to_another_key_is_not_accepted():
    """Red when `_load` does not compare ids."""
    session, other = make(), make()
    store.create(session)
    redis.client().set(key(other.id), raw(session))
    assert store.load(other.id) is None
    assert store.update(other.id, lambda found: replace(found, generation=9)) is None
    assert store.load(session.id) == session


def test_a_record_under_a_key_that_is_not_ours_is_not_accepted(monkeypatch):
    session = make()
    store.create(session)
    redis.client().set(key(session.id), Fernet(Fernet.generate_key()).encrypt(b"{}"))
    assert store.load(session.id) is None


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_damaged_record_is_not_accepted(at):
    session = make()
    store.create(session)
    data = bytearray(raw(session))
    data[at] ^= 1
    redis.client().set(key(session.id), bytes(data))
    assert store.load(session.id) is None


def sized(size: int) -> Session:
    """A session whose record has `size` bytes."""
    session = make(metadata={"x": ""})
    room = size - len(box().decrypt(stores._dump(session)))
    return replace(session, metadata={"x": "y" * room})


def test_a_record_may_be_as_large_as_the_limit():
    session = sized(RECORD_MAX_BYTES)
    store.create(session)
    assert store.load(session.id) == session


def test_a_larger_record_is_refused():
    """Red when `_dump` does not look at the size."""
    session = sized(RECORD_MAX_BYTES + 1)
    with pytest.raises(Invalid):
        store.create(session)
    assert store.load(session.id) is None


def test_a_session_expires(settings):
    settings.SESSION_TTL_SECONDS = 100
    session = make()
    store.create(session)
    assert 0 < redis.client().ttl(key(session.id)) <= 100


def test_each_use_pushes_the_expiry_back(settings):
    """Red when `load` uses GET."""
    session = make()
    store.create(session)
    redis.client().expire(key(session.id), 5)
    settings.SESSION_TTL_SECONDS = 100
    store.load(session.id)
    assert redis.client().ttl(key(session.id)) > 90


def test_concurrent_updates_all_survive():
    """Red when `update` does not watch the key."""
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
