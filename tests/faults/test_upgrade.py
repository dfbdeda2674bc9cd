"""A migration runs while customers write: nobody sees an error, also when something holds a lock it needs."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager

import psycopg
import pytest

from tests.engines import ROOT
from tests.faults.sizes import sized
from tests.senders import with_a_person

LOCK_SECONDS = 1


class Writer:
    """Writes one message after another over one socket, until told that it is over; an error is one too many."""

    def __init__(self, customer):
        self.customer = customer
        self.seconds: list[float] = []

    async def run(self, over: asyncio.Event) -> None:
        async with self.customer.socket(after=self.customer.last_seq) as line:
            while not over.is_set():
                started = time.monotonic()
                client_id = await line.ask("Still there?")
                frame = await line.until_any({"message.ack", "error"}, 20)
                assert (frame["type"], frame["client_id"]) == ("message.ack", client_id), frame
                self.seconds.append(time.monotonic() - started)


@pytest.fixture
def migrate(live):
    """`manage.py migrate` of the next release's app, as a process whose output is read line by line."""
    environment = live.environment | {
        "EXTRA_APPS": "tests.toolkit,tests.nextrelease",
        "MIGRATION_LOCK_SECONDS": str(LOCK_SECONDS),
    }

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", "migrate", "nextrelease"]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    yield start
    forget(live)


def forget(live) -> None:
    """As if it had never been migrated: the column takes its index and its constraint along."""
    live.rows("ALTER TABLE support_message DROP COLUMN IF EXISTS mood")
    live.rows("DELETE FROM django_migrations WHERE app = 'nextrelease'")


@contextmanager
def migrating_elsewhere(live):
    """Another migrate is at work."""
    with psycopg.connect(live.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('replywell.migrate'))")
        yield


@contextmanager
def reading(live):
    """A transaction that has read messages and is not over: as a backup's, or that of somebody who forgot one."""
    with psycopg.connect(live.environment["DATABASE_URL"]) as connection:
        connection.execute("SELECT count(*) FROM support_message")
        yield


def until_it_says(migrating: subprocess.Popen[str], what: str) -> bool:
    """Read what it says up to this; false when it ended without."""
    return any(what in line for line in migrating.stdout)


async def unless_it_fails(writing: asyncio.Future, call: Callable, *arguments):
    """What a call on a thread returns; what `writing` raises, if that comes first."""
    called = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    await asyncio.wait({called, writing}, return_when=asyncio.FIRST_COMPLETED)
    if writing.done():
        writing.result()
    return await called


@sized(quick=(10, 1), full=(50, 10))
async def test_messages_flow_through_a_migration(live, migrate, size):
    """Of two that migrate one waits; what gets no lock gives way.

    Red when migrate sets no lock_timeout, does not try again, or takes no lock against another migrate.
    """
    sockets, times = size
    writers = [Writer(await with_a_person(live)) for _ in range(sockets)]
    over = asyncio.Event()
    writing = asyncio.gather(*(writer.run(over) for writer in writers))
    for _ in range(times):
        await asyncio.to_thread(forget, live)
        with reading(live):
            with migrating_elsewhere(live):
                migrating = await asyncio.to_thread(migrate)
                assert await unless_it_fails(writing, until_it_says, migrating, "waiting for it")
            assert await unless_it_fails(writing, until_it_says, migrating, "rolled back")
        rest, _ = await asyncio.to_thread(migrating.communicate)
        assert migrating.returncode == 0, rest
        assert live.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'message_mood'::regclass")[0]["indisvalid"]
    over.set()
    await writing
    seconds = sorted(second for writer in writers for second in writer.seconds)
    print(f"{len(seconds)} messages, slowest ack {seconds[-1]:.2f} s, median {seconds[len(seconds) // 2]:.3f} s")
    for writer in writers:
        stored = live.rows(
            "SELECT count(*) AS n FROM support_message WHERE conversation_id = %s AND role = 'customer'",
            writer.customer.conversation,
        )
        assert stored[0]["n"] == len(writer.seconds)
