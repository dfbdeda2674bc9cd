"""`manage.py migrate`: Django's, made fit to run while the site serves.

A statement that waits for a lock makes everybody wait who comes after it. So it gives up soon, its migration is rolled back
and tried again a moment later. Of several that are started at once one works and the others wait for it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from psycopg.errors import LockNotAvailable

ATTEMPTS = 30
PAUSE_SECONDS = 2.0
# Asked for again and again: whoever waited inside PostgreSQL would hold up the building of indexes.
_TAKE = "SELECT pg_try_advisory_lock(hashtext('replywell.migrate'))"
_RELEASE = "SELECT pg_advisory_unlock(hashtext('replywell.migrate'))"


class Command(migrate.Command):
    """With a limit on waiting for locks, `MIGRATION_LOCK_SECONDS`."""

    current: Migration | None = None

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; what only looks needs no precautions."""
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        connection = connections[options["database"]]
        with self.alone(connection), limited(connection):
            for left in reversed(range(ATTEMPTS)):
                try:
                    super().handle(*args, **options)
                    return
                except OperationalError as error:
                    if not isinstance(error.__cause__, LockNotAvailable):
                        raise
                    self.judge(error, left)
                time.sleep(PAUSE_SECONDS)

    def migration_progress_callback(self, action: str, migration: Migration | None = None, fake: bool = False) -> None:
        """Django's own word on where it is."""
        self.current = migration or self.current
        super().migration_progress_callback(action, migration, fake)

    def judge(self, error: OperationalError, left: int) -> None:
        """Say that it is tried again; CommandError when that must not be, or was often enough."""
        if self.current is not None and not self.current.atomic:
            raise CommandError(
                f"{self.current} could not get a lock, and is not one transaction, so part of it is done: "
                "docs/operate.md, under Upgrade, says how to go on."
            ) from error
        if not left:
            raise CommandError(
                f"{self.current} could not get a lock in {ATTEMPTS} attempts and has changed nothing. Something holds one for "
                "long, such as a backup: run migrate again when it is over."
            ) from error
        self.stdout.write(f" a lock is held; rolled back, {left} more attempts")

    @contextmanager
    def alone(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Hold the lock that only one migrate has, for as long as the block lasts."""
        said = False
        while not _ask(connection, _TAKE):
            if not said:
                self.stdout.write("Another migrate is at work: waiting for it.")
                said = True
            time.sleep(PAUSE_SECONDS)
        try:
            yield
        finally:
            if connection.is_usable():
                _ask(connection, _RELEASE)


@contextmanager
def limited(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Waiting for a lock is limited, except where indexes are built concurrently: those wait for old transactions alone."""

    def wrapper(execute: Any, sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        if " CONCURRENTLY " not in str(sql):
            return execute(sql, parameters, many, context)
        _set(connection, "0")
        try:
            return execute(sql, parameters, many, context)
        finally:
            _set(connection, limit)

    limit = f"'{settings.MIGRATION_LOCK_SECONDS}s'"
    _set(connection, limit)
    try:
        with connection.execute_wrapper(wrapper):
            yield
    finally:
        if connection.is_usable():
            _set(connection, "DEFAULT")


def _set(connection: BaseDatabaseWrapper, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {value}")


def _ask(connection: BaseDatabaseWrapper, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])
