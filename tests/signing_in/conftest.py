"""Fixtures for the tests of signing in."""

import pytest

from config.common import clock
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
