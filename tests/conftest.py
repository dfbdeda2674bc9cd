"""Fixtures for the whole suite."""

import os
from contextlib import contextmanager

import pytest
import redis as redis_module
from django.db.backends.postgresql.operations import DatabaseOperations

from config.common import redis
from tests.breakable import breakable
from tests.fakes.model import ModelServer
from tests.fakes.shop import Shop
from tests.live import Live

# What takes long, the longest first.
SLOW = ("chromium", "machine", "live")


def pytest_collection_modifyitems(items):
    """Begin with the slow files: of two processes that share the tests, none is left alone with them in the end."""
    items.sort(key=lambda item: next((n for n, name in enumerate(SLOW) if name in item.fixturenames), len(SLOW)))


@pytest.fixture(scope="session")
def model():
    """The scripted model provider."""
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="session")
def shop():
    """The service behind the tools of tests.toolkit."""
    with Shop() as running:
        os.environ["SHOP_URL"] = running.url
        yield running


@pytest.fixture(scope="session")
def live(tmp_path_factory, model, shop):
    """One installation for the run: a web process, a worker, demo content, the scripted model."""
    # A proxy, where a test puts one before it, comes from the second of this machine's addresses.
    environment = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test", "TRUSTED_PROXIES": "127.0.0.2"}
    # The third is where a company's own systems are, which connected tools may call.
    environment["FETCH_ALLOWED_NETWORKS"] = "127.0.0.3"
    with breakable() as engines, Live(tmp_path_factory.mktemp("live"), engines, environment, model) as running:
        running.wait_indexed()
        yield running


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests():
    """Django empties all tables after tests that commit; the audit trail's, which refuse it, for these sessions alone."""
    flush = DatabaseOperations.execute_sql_flush

    def as_replica(operations, sql_list):
        # Triggers do not fire for a replica, which only a superuser of the database can claim to be.
        flush(operations, ["SET LOCAL session_replication_role = replica", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", as_replica)
        yield


@pytest.fixture
def away_after(unused_tcp_port):
    """Redis is there, and away within the block."""

    @contextmanager
    def away():
        there = redis.client()
        nowhere = redis_module.ConnectionPool.from_url(f"redis://127.0.0.1:{unused_tcp_port}/0")
        pool, there.connection_pool = there.connection_pool, nowhere
        try:
            yield
        finally:
            there.connection_pool = pool

    return away
