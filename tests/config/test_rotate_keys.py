"""`manage.py rotate_keys`: everything comes under the newest key while it is in use, and the old key can go."""

import re
import threading
from dataclasses import replace
from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from config.common import crypto, redis, rotation
from sessions_app import cleanup, services, tokens
from sessions_app.lock import hold
from sessions_app.models import Customer, Inbox
from sessions_app.services import Start
from sessions_app.store import SHARDS, record_key, store

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_else():
    """Records of other tests are under keys that nobody has."""
    redis.client().flushdb()


@pytest.fixture
def use(settings, fresh_box):
    def keys(*values: str) -> None:
        settings.SESSION_ENCRYPTION_KEYS = list(values)
        fresh_box()

    return keys


@pytest.fixture
def inbox(use):
    use(OLD)
    return Inbox.objects.create(name="Acme", identity_secret="s3cret")


@pytest.fixture
def sessions(inbox):
    customer = Customer.objects.create(inbox=inbox)
    return [services.open_session(inbox, customer, customer.id, Start(inbox.key)) for _ in range(30)]


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, stderr=out)
    return out.getvalue()


def raw_secret(inbox: Inbox) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_secret FROM sessions_app_inbox WHERE id = %s", [inbox.id])
        return cursor.fetchone()[0].encode()


def test_after_it_the_old_key_can_go_and_nobody_is_signed_out(use, inbox, sessions):
    """Red when `renew` leaves out the sessions, or the fields."""
    use(NEW, OLD)
    said = rotate()
    assert "30 re-encrypted" in said
    assert re.search(r"the other 1 .*can be removed", said)
    use(NEW)
    for session in sessions:
        assert services.authenticate(tokens.sign(session.claims)).session == session
    assert Inbox.objects.get(pk=inbox.pk).identity_secret == "s3cret"


def test_without_it_the_old_key_is_needed(use, inbox, sessions):
    use(NEW)
    assert store.load(sessions[0].id) is None
    with pytest.raises(InvalidToken):
        Inbox.objects.get(pk=inbox.pk)


def test_again_it_has_nothing_to_do(use, inbox, sessions):
    use(NEW, OLD)
    rotate()
    data, secret = redis.client().get(record_key(sessions[0].id)), raw_secret(inbox)
    said = rotate()
    assert " 0 re-encrypted, 30 under the newest key already" in said
    assert (redis.client().get(record_key(sessions[0].id)), raw_secret(inbox)) == (data, secret)


def test_the_time_to_live_stays(use, sessions):
    """Red when _RENEW sets without KEEPTTL."""
    redis.client().expire(record_key(sessions[0].id), 100)
    use(NEW, OLD)
    rotate()
    assert 0 < redis.client().ttl(record_key(sessions[0].id)) <= 100


def test_what_is_written_meanwhile_stays(use, inbox, sessions, monkeypatch):
    """Somebody else writes between the look and the replacement. Red when _RENEW does not compare, or `_replace`."""
    use(NEW, OLD)
    renewed = crypto.renewed
    record, secret = redis.client().get(record_key(sessions[0].id)), raw_secret(inbox)

    def slowly(data: bytes) -> bytes | None:
        new = renewed(data)
        if data == record:
            store.update(sessions[0].id, lambda found: replace(found, locale="de"))
        if data == secret:
            Inbox.objects.filter(pk=inbox.pk).update(identity_secret="changed")
        return new

    monkeypatch.setattr(rotation, "renewed", slowly)
    rotate()
    use(NEW)
    assert store.load(sessions[0].id).locale == "de"
    assert Inbox.objects.get(pk=inbox.pk).identity_secret == "changed"


def test_nobody_is_signed_out_under_load(use, sessions):
    """Sessions are refreshed and proven while they are re-encrypted; every refresh survives."""
    use(NEW, OLD)
    over = threading.Event()
    newest = {session.id: session for session in sessions[:4]}
    trouble: list[BaseException] = []

    def refresh(session_id) -> None:
        try:
            while not over.is_set():
                now = newest[session_id]
                newest[session_id] = store.update(now.id, lambda found: found.refreshed(found.generation_at))
                assert newest[session_id].generation == now.generation + 1
                assert store.load(session_id) == newest[session_id]
        except BaseException as error:  # noqa: BLE001 - told below
            trouble.append(error)

    threads = [threading.Thread(target=refresh, args=(session_id,)) for session_id in newest]
    for thread in threads:
        thread.start()
    for _ in range(5):
        rotate()
    over.set()
    for thread in threads:
        thread.join()
    assert not trouble
    use(NEW)
    for session in newest.values():
        assert services.authenticate(tokens.sign(session.claims)).session == session


def test_a_process_that_still_uses_the_old_key_is_noticed(use, sessions, monkeypatch):
    """Red when there is no second look."""
    use(NEW, OLD)
    from sessions_app import rotation as of_sessions

    passes: list[int] = []

    def stubborn():
        yield from real()
        passes.append(1)
        redis.client().set(record_key(sessions[0].id), Fernet(OLD).encrypt(b"{}"))

    real = of_sessions.renew_sessions
    monkeypatch.setattr(of_sessions, "renew_sessions", stubborn)
    with pytest.raises(CommandError, match="still encrypts under an old key"):
        rotate()
    assert len(passes) == 2


def test_what_no_key_opens_is_counted_and_left(use, sessions):
    data = Fernet(Fernet.generate_key()).encrypt(b"{}")
    redis.client().set(record_key(sessions[0].id), data)
    use(NEW, OLD)
    said = rotate()
    assert "29 re-encrypted, 0 under the newest key already, 1 unreadable" in said
    assert redis.client().get(record_key(sessions[0].id)) == data


def test_two_at_once_are_refused(use, sessions):
    with hold("rotate_keys"), pytest.raises(CommandError, match="running already"):
        rotate()


def test_all_shards_are_visited(use, sessions):
    assert {session.id.hex[0] for session in sessions} <= set(SHARDS)
    assert sum(cleanup.forget_expired(shard) for shard in SHARDS) == 0


def test_without_redis_it_says_so(use, redis_away):
    with pytest.raises(CommandError, match="Redis is away"):
        rotate()
