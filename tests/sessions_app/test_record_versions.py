"""Records of other releases: older ones are brought up, newer ones are left for those who know them."""

import json
from uuid import UUID

import pytest

from config.common import redis
from config.common.crypto import box
from config.common.errors import Unavailable
from sessions_app import records
from sessions_app.store import record_key, store
from tests.sessions_app.test_store import make


def content(session_id: UUID) -> dict:
    data = redis.client().get(record_key(session_id))
    assert isinstance(data, bytes)
    return json.loads(box().decrypt(data))


def rewritten(session_id: UUID, **fields) -> bytes:
    """The record with other fields, as another release would have written it."""
    key = record_key(session_id)
    data = box().encrypt(json.dumps(content(session_id) | fields).encode())
    redis.client().set(key, data)
    return data


@pytest.fixture
def session():
    made = make()
    store.create(made)
    return made


def test_an_older_record_is_brought_up_step_by_step(session, monkeypatch):
    """Red when `records.load` applies one step only."""
    rewritten(session.id, language="de")
    steps = {1: lambda record: record | {"lang": record.pop("language")}}
    steps[2] = lambda record: record | {"locale": record.pop("lang")}
    monkeypatch.setattr(records, "VERSION", 3)
    monkeypatch.setattr(records, "UPGRADES", steps)
    found = store.load(session.id)
    assert found is not None
    assert found.locale == "de"
    assert store.update(session.id, lambda old: old.refreshed(7)) == found.refreshed(7)
    assert content(session.id)["v"] == 3


def test_a_version_that_nobody_knows_any_more_proves_nothing(session, monkeypatch):
    monkeypatch.setattr(records, "VERSION", 2)
    assert store.load(session.id) is None


def test_a_newer_record_is_refused_and_kept(session):
    """Red when `records.load` takes any version for its own."""
    data = rewritten(session.id, v=records.VERSION + 1, unheard_of=True)
    with pytest.raises(Unavailable, match="newer release"):
        store.load(session.id)
    with pytest.raises(Unavailable, match="newer release"):
        store.update(session.id, lambda found: found.refreshed(1))
    assert redis.client().get(record_key(session.id)) == data


def test_a_newer_record_can_be_ended(session):
    rewritten(session.id, v=records.VERSION + 1)
    store.delete(session.id)
    assert store.load(session.id) is None
