"""`manage.py rotate_keys` renews the secrets of second factors as well."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import call_command

from config.common import crypto
from support.second_factor import changes, codes, rotation
from tests.signing_in.cast import code

pytestmark = pytest.mark.django_db
NEW = Fernet.generate_key().decode()


@pytest.fixture
def use(settings):
    """These keys are in force."""

    def set_to(*keys):
        settings.SESSION_ENCRYPTION_KEYS = list(keys)
        crypto.box.cache_clear()

    yield set_to
    crypto.box.cache_clear()


def test_the_old_key_is_needed_for_nothing_any_more(alice, use, settings):
    """And a code that was used stays used. Red when rotate_keys leaves second factors out, or renews one kind alone."""
    old = settings.SESSION_ENCRYPTION_KEYS[0]
    assert codes.accept(alice.pk, alice.recovery[0])
    use(NEW, old)
    said = StringIO()
    call_command("rotate_keys", stdout=said, stderr=said)
    assert "Second factors" in said.getvalue()
    use(NEW)
    assert codes.accept(alice.pk, code()).type == "totp"
    assert codes.accept(alice.pk, alice.recovery[1]).type == "recovery_codes"
    assert codes.accept(alice.pk, alice.recovery[0]) is None


def test_without_it_no_code_is_right(alice, use):
    """Which an administrator can mend. Red when _is_of lets the error pass."""
    use(NEW)
    assert codes.accept(alice.pk, code()) is None
    assert codes.accept(alice.pk, alice.recovery[0]) is None
    assert changes.reset(alice) == 1


def test_keys_have_no_secret(alice, use, settings):
    """Red when SECRETS names webauthn."""
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Blue", "credential": {}})
    use(NEW, settings.SESSION_ENCRYPTION_KEYS[0])
    assert rotation.count() == 2
    call_command("rotate_keys", stdout=StringIO(), stderr=StringIO())
    assert Authenticator.objects.get(type="webauthn").data == {"name": "Blue", "credential": {}}
