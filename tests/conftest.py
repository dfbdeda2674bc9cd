"""Fixtures for the whole suite."""

import os
from contextlib import contextmanager
from typing import Any

import pytest
import redis as redis_module
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db.backends.postgresql.operations import DatabaseOperations
from servestatic.middleware import ServeStaticMiddleware

from config.common import redis
from tests.breakable import breakable
from tests.fakes.model import ModelServer
from tests.fakes.shop import Shop
from tests.live import Live

# What takes long, the longest first.
SLOW = ("chromium", "machine", "live")
# For the first test of a live installation: it may have to wait until another process has made the help centre.
SET_UP_SECONDS = 300
# Tables that migrations fill, and tests leave alone.
OF_THE_CODE = {"django_content_type", "auth_permission"}


def pytest_collection_modifyitems(items):
    """Begin with the slow files: of two processes that share the tests, none is left alone with them in the end."""
    items.sort(key=lambda item: next((n for n, name in enumerate(SLOW) if name in item.fixturenames), len(SLOW)))
    for item in items:
        if "live" in item.fixturenames and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SET_UP_SECONDS))


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
        yield running


@pytest.fixture(scope="session", autouse=True)
def static_files_looked_for_once():
    """Each of Django's test clients makes the middleware anew, which looks for all static files: a third of what they cost."""
    look = ServeStaticMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def once(middleware):
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeStaticMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords():
    """Argon2 as ever, but a thousand times cheaper."""
    with pytest.MonkeyPatch.context() as patch:
        for parameter, least in {"time_cost": 1, "memory_cost": 8, "parallelism": 1}.items():
            patch.setattr(Argon2PasswordHasher, parameter, least)
        yield


@pytest.fixture(scope="session", autouse=True)
def emptied_between_tests():
    """After tests that commit Django truncates all tables, which takes long, and most were empty: here those lose their rows
    that have some, except for what comes with the code.
    """

    def filled(operations, style, tables, **_):
        names = [operations.quote_name(table) for table in tables if table not in OF_THE_CODE]
        with operations.connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names))
            return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]

    delete = DatabaseOperations.execute_sql_flush

    def as_replica(operations, sql_list):
        # Triggers do not fire for a replica, which only a superuser of the database can claim to be: those of foreign keys,
        # and those by which the audit trail refuses to be emptied.
        delete(operations, ["SET LOCAL session_replication_role = replica", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", filled)
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
