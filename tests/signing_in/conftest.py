"""Fixtures for the tests of signing in."""

import pytest

from config.common import clock
from tests.fakes.identityprovider import CLIENT, SECRET, IdentityProvider
from tests.signing_in.cast import member, with_app


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """What these tests are about is not how long a hash takes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    """An app's codes change at every half minute: no test may happen to be on its way over one."""
    now = clock.timestamp() // 30 * 30 + 10
    monkeypatch.setattr(clock, "timestamp", lambda: now)


@pytest.fixture
def alice(db):
    """An administrator who has an authenticator app; `recovery` are her recovery codes."""
    user = member(is_superuser=True)
    user.recovery = with_app(user)
    return user


@pytest.fixture(scope="module")
def running():
    with IdentityProvider() as server:
        yield server


@pytest.fixture
def provider(running, settings):
    """It knows Alice, and we know it."""
    running.reset()
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = running.url, CLIENT, SECRET
    settings.OIDC_NAME = "Acme"
    return running


@pytest.fixture
def anna(db):
    """Whom the provider calls Alice."""
    return member("anna", email="Alice@example.com", is_superuser=True)
