"""Rebuilds that are interrupted, killed, aborted, refused, or go on in turns."""

import signal
import threading
import time
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from knowledge import tasks
from knowledge.models import Reindex
from knowledge.reindex import building, progress, runs, swapping, tables, work
from tests.knowledge.publishing import publish
from tests.knowledge.reindexing import command, contents, litter
from tests.knowledge.test_reindex_edits import Meanwhile

pytestmark = pytest.mark.usefixtures("index")

SOME, MANY = 6, 40
STAGES = ["Embedding articles", "Building indexes", "Checking", "Swapping"]
BODY = "## Refunds\n\nMoney comes back within 14 days.\n\n## Shipping\n\nParcels leave every morning.\n"


class Die(BaseException):
    """As if the process had been killed: nobody cleans up behind it."""


def die():
    raise Die


def published(count):
    return [publish(f"Help {number}", BODY.replace("14", str(number))) for number in range(count)]


@pytest.fixture
def articles(monkeypatch):
    """Some, embedded two by two; listeners are told of each step."""
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(building, "_TOGETHER", 4)
    return published(SOME)


@pytest.fixture
def many(monkeypatch):
    """More than are embedded together, and more passages than are tried."""
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.0)
    return published(MANY)


def in_a_thread(act):
    """Do it on a connection of its own, as another process would; returns what it gave or raised."""
    results = []

    def call():
        try:
            results.append(act())
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            results.append(error)
        connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return results[0]


def test_the_command_shows_how_it_gets_on(many):
    out = StringIO()
    call_command("reindex", stdout=out)
    said = out.getvalue()
    assert f"Embedding articles: {MANY}" in said
    assert "Checking: 90" in said
    assert "40 articles in 80 passages: the new index is live." in said
    assert "Of 50 passages 100% were found by their own words" in said


@pytest.mark.parametrize("stage", STAGES)
def test_what_was_interrupted_goes_on(articles, stage):
    """Red when `_prepare` always begins again, or an interrupted rebuild may not be gone on with."""
    before = contents()
    with pytest.raises(Die):
        work.run(Meanwhile(stage, die, after=int(stage == "Embedding articles")))
    assert contents() == before
    kept = building.built()
    assert kept
    (interrupted,) = Reindex.objects.all()
    began = []
    assert work.run(lambda stage, done, total: began.append((stage, done))).state == "done"
    assert began[0] == ("Embedding articles", kept)
    assert Reindex.objects.get().pk == interrupted.pk
    assert not litter()


def test_killed_while_it_works(many):
    """kill -9 of the command: the live index is untouched, the lock is free, and the next one goes on."""
    before = contents()
    killed = command()
    deadline = time.monotonic() + 60
    while not (tables.exist() and building.built()):
        assert time.monotonic() < deadline
        assert killed.poll() is None, killed.communicate()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    while runs.holder():
        assert time.monotonic() < deadline
    assert contents() == before
    kept = building.built()
    began = []
    assert work.run(lambda stage, done, total: began.append(done)).state == "done"
    assert began[0] == kept
    assert [row[:4] for row in contents()] == [row[:4] for row in before]
    assert not litter()


def test_killed_between_swap_and_clean_up(articles, monkeypatch):
    """Red when `settle` drops what is past before it has validated keys, or nobody settles later."""
    monkeypatch.setattr(swapping, "settle", die)
    with pytest.raises(Die):
        work.run()
    monkeypatch.undo()
    assert Reindex.objects.get().state == "done"
    assert tables.exist(tables.PAST)
    assert work.tend() == []
    assert not litter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
        assert cursor.fetchone() == (0,)


def test_other_recipes_are_not_gone_on_with(articles, tiny, settings):
    """Red when `_prepare` takes whatever is there: vectors of two models would be mixed."""
    with pytest.raises(Die):
        work.run(Meanwhile("Building indexes", die))
    Reindex.objects.update(state="failed")  # which keeps what was made
    settings.EMBEDDING_MODEL = str(tiny)
    assert work.run().state == "done"
    assert [row.state for row in Reindex.objects.order_by("pk")] == ["failed", "done"]
    assert {len(row[4]) for row in contents()} == {64}


def test_a_second_one_is_refused(articles):
    """Red when `alone` does not look at what it got."""
    told = []

    def another():
        told.append(in_a_thread(work.run))
        told.append(in_a_thread(lambda: call_command("reindex", stdout=StringIO())))

    assert work.run(Meanwhile("Checking", another)).state == "done"
    assert isinstance(told[0], runs.Busy)
    assert isinstance(told[1], CommandError)
    assert "already" in str(told[1])


@pytest.mark.parametrize("stage", STAGES)
def test_abort(articles, stage):
    """Red when `_write` does not look for the request."""
    before = contents()
    ended = work.run(Meanwhile(stage, lambda: in_a_thread(runs.abort)))
    assert ended.state == "aborted"
    assert contents() == before
    assert not litter()


def test_abort_ends_a_long_statement(articles):
    """Red when `abort` does not cancel what the rebuild is in."""
    blocked, release = threading.Event(), threading.Event()
    cleaning: list[bool] = []

    def block():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables.NEXT}.knowledge_chunk IN ACCESS EXCLUSIVE MODE")
            blocked.set()
            release.wait(60)
        connection.close()

    def abort_when_stuck():
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
        with connection.cursor() as cursor:
            while True:
                cursor.execute(waiting, [runs.holder()])
                if cursor.fetchone()[0]:
                    break
        runs.abort()
        # Cancelled, it throws away what it made, for which it waits too.
        deadline = time.monotonic() + 20
        with connection.cursor() as cursor:
            while not cleaning and time.monotonic() < deadline:
                cursor.execute(
                    "SELECT query LIKE 'DROP SCHEMA%%' FROM pg_stat_activity WHERE pid = %s", [runs.holder()]
                )
                cleaning.extend(found for (found,) in cursor.fetchall() if found)
        release.set()
        connection.close()

    blocker, aborter = threading.Thread(target=block), threading.Thread(target=abort_when_stuck)

    def begin():
        blocker.start()
        assert blocked.wait(60)
        aborter.start()

    ended = work.run(Meanwhile("Building indexes", begin))
    aborter.join()
    blocker.join()
    assert cleaning
    assert ended.state == "aborted"
    assert not litter()


def test_abort_of_what_nobody_works_on(articles):
    with pytest.raises(Die):
        work.run(Meanwhile("Checking", die))
    runs.abort()
    assert Reindex.objects.get().state == "aborted"
    assert not litter()
    with pytest.raises(runs.NothingToAbort):
        runs.abort()
    with pytest.raises(CommandError, match="not being rebuilt"):
        call_command("reindex", "--abort")


def test_workers_take_turns(articles, monkeypatch):
    """Red when `advance` knows no end of a turn, or a task of an earlier turn does something."""
    asked = []
    monkeypatch.setattr(tasks.reindex, "delay", lambda *arguments: asked.append(arguments))
    made = Reindex.objects.create(model=settings.EMBEDDING_MODEL, by_worker=True)
    turns = 0
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.0)
    asked.append((made.pk, 0))
    while asked:
        task = asked.pop()
        tasks.reindex(*task)
        tasks.reindex(*task)  # delivered twice
        assert len(asked) <= 1
        turns += 1
    assert turns > 1
    made.refresh_from_db()
    assert made.state == "done"


def test_a_lost_task_is_asked_for_again(articles, monkeypatch):
    """Red when `tend` asks for what a command began, or for nothing."""
    asked = []
    monkeypatch.setattr(tasks.reindex, "delay", lambda *arguments: asked.append(arguments))
    mine = Reindex.objects.create(model=settings.EMBEDDING_MODEL, by_worker=True, turn=3)
    tasks.tend_reindex()
    assert asked == [(mine.pk, 3)]
    Reindex.objects.update(by_worker=False)
    tasks.tend_reindex()
    assert len(asked) == 1
    Reindex.objects.update(abort_requested=True)
    tasks.tend_reindex()
    assert Reindex.objects.get().state == "aborted"


def test_a_backup_that_reads_the_index_is_waited_for(articles, monkeypatch):
    """Red when the swap has no lock_timeout, or gives up at the first try: what was built is kept."""
    before = contents()
    monkeypatch.setattr(work, "SWAP_SECONDS", 0.0)
    reading, release = threading.Event(), threading.Event()

    def read():
        with transaction.atomic():
            contents()
            reading.set()
            release.wait(60)
        connection.close()

    reader = threading.Thread(target=read)

    def begin():
        reader.start()
        assert reading.wait(60)

    with pytest.raises(work.Failed, match="Others held the index"):
        work.run(Meanwhile("Checking", begin))
    release.set()
    reader.join()
    assert contents() == before
    assert building.built() == SOME
    assert work.run().state == "done"
