"""Locks of a database session: whoever has one has it until it is given back, or until their process ends, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection


@contextmanager
def session(first: int, second: int) -> Iterator[bool]:
    """Whether the lock of these two keys (32 bits each) is ours inside; nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [first, second])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with (
                suppress(DatabaseError, InterfaceError),
                connection.cursor() as cursor,
            ):  # a lost session has lost it too
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [first, second])
