"""Encryption at rest, and the change of keys."""

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from config.common.crypto import InvalidToken, box, derive_key
from sessions_app.models import Inbox

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def use(settings, fresh_box):
    def keys(*values: str) -> None:
        settings.SESSION_ENCRYPTION_KEYS = list(values)
        fresh_box()

    return keys


def test_the_first_key_encrypts_and_all_decrypt(use):
    """Red when `box` uses the first key only."""
    use(OLD)
    data = box().encrypt(b"secret")
    use(NEW, OLD)
    assert box().decrypt(data) == b"secret"
    assert Fernet(NEW).decrypt(box().encrypt(b"x")) == b"x"


def test_a_key_that_was_taken_out_is_dead(use):
    use(OLD)
    data = box().encrypt(b"secret")
    use(NEW)
    with pytest.raises(InvalidToken):
        box().decrypt(data)


def test_what_was_rotated_needs_the_new_key_only(use):
    use(OLD)
    data = box().encrypt(b"secret")
    use(NEW, OLD)
    data = box().rotate(data)
    use(NEW)
    assert box().decrypt(data) == b"secret"


def test_without_keys_one_comes_from_the_secret_key(use, settings):
    use()
    data = box().encrypt(b"secret")
    assert box().decrypt(data) == b"secret"
    settings.SECRET_KEY = "another" * 8
    use()
    with pytest.raises(InvalidToken):
        box().decrypt(data)


def test_no_key_serves_two_ends():
    assert derive_key("a") != derive_key("b")
    assert len(derive_key("a")) == 32
    assert derive_key("a") == derive_key("a")


def test_postgresql_sees_ciphertext_only(db):
    """Red when EncryptedTextField does not encrypt."""
    inbox = Inbox.objects.create(name="Acme", identity_secret="canary-91c2")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM sessions_app_inbox i")
        assert "canary-91c2" not in cursor.fetchone()[0]
    assert Inbox.objects.get(pk=inbox.pk).identity_secret == "canary-91c2"
