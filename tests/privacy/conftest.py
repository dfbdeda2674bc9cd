"""A planted customer, and a Redis that holds nothing else."""

import pytest

from config.common import redis
from tests.privacy.planting import plant


@pytest.fixture
def empty_redis():
    redis.client().flushdb()


@pytest.fixture
def planted(db, empty_redis):
    return plant()
