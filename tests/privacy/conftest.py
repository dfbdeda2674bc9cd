"""A planted customer, and a Redis that holds nothing else."""

from contextlib import contextmanager

import pytest
import redis as redis_module

from config.common import redis
from tests.privacy.planting import plant


@pytest.fixture
def empty_redis():
    redis.client().flushdb()


@pytest.fixture
def planted(db, empty_redis):
    return plant()


@pytest.fixture
def away(unused_tcp_port):
    """Redis is away within the block."""

    @contextmanager
    def leave():
        there = redis.client()
        nowhere = redis_module.ConnectionPool.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
        pool, there.connection_pool = there.connection_pool, nowhere
        try:
            yield
        finally:
            there.connection_pool = pool

    return leave
