"""A trail that starts from nothing, and whoever tampers with it."""

import pytest
from django.db import connection, transaction

from config.common import redis
from config.common.audit import sealing
from config.common.audit.actions import Action
from config.common.audit.models import Entry
from config.common.audit.trail import record


@pytest.fixture
def nothing_noted():
    """Nobody outside the database knows of a chain."""
    redis.client().delete("audit:{chain}")


@pytest.fixture
def trail(db, nothing_noted):
    """Write entries; seals them, unless told not to; returns their ids."""

    def write(count: int, *, sealed: bool = True) -> list[int]:
        before = set(Entry.objects.values_list("pk", flat=True))
        with transaction.atomic():
            for number in range(count):
                record(Action.CONVERSATION_CLOSED, "conversation", f"c{number}", seq=number)
        if sealed:
            sealing.seal()
        return sorted(set(Entry.objects.values_list("pk", flat=True)) - before)

    return write


@pytest.fixture
def tamper(db):
    """What whoever owns the database can do: SQL with the triggers out of the way."""

    def run(statement: str, *parameters) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, parameters)
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    return run
