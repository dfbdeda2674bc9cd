"""Fixtures of the wiring's tests."""

import pytest
import redis as library

from config.common import crypto, redis


@pytest.fixture
def redis_away(monkeypatch, unused_tcp_port):
    """Redis is not there."""
    client = library.Redis(port=unused_tcp_port, socket_connect_timeout=1)
    monkeypatch.setattr(redis, "client", lambda: client)


@pytest.fixture
def fresh_box():
    """The encryption keys are read from the settings again, now and after the test."""
    crypto.box.cache_clear()
    yield crypto.box.cache_clear
    crypto.box.cache_clear()
