"""Fixtures of the wiring's tests."""

import pytest

from config.common import crypto, redis


@pytest.fixture
def redis_at(settings):
    """Point the product's own client elsewhere."""

    def use(port: int) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        redis.client.cache_clear()

    yield use
    redis.client.cache_clear()


@pytest.fixture
def redis_away(redis_at, unused_tcp_port):
    """Redis is not there."""
    redis_at(unused_tcp_port)


@pytest.fixture
def fresh_box():
    """The encryption keys are read from the settings again, now and after the test."""
    crypto.box.cache_clear()
    yield crypto.box.cache_clear
    crypto.box.cache_clear()
