"""Syncs: one at a time, gone on with after a death, sliced, due when they should be, and flat in memory."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now

from knowledge import tasks
from knowledge.models import Article, Source, SourceItem
from knowledge.sources import claims, listing, reading, storing
from knowledge.sources import sync as syncing
from knowledge.sources.sync import MAX_ATTEMPTS, retry, sync
from tests.knowledge.sources import published, run, source


def write(folder, *names):
    for name in names:
        (folder / f"{name}.md").write_text(f"# {name}\n\nText.\n")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def poison(monkeypatch):
    """A document named `poison.md` kills whoever reads it."""

    def read(source, item):
        if item.key == "poison.md":
            raise Killed()
        return real(source, item)

    real = reading.read
    monkeypatch.setattr(reading, "read", read)


@pytest.mark.django_db
def test_a_document_that_kills_its_worker_is_quarantined_and_the_others_proceed(folder, poison):
    """Red when the try is counted after the work."""
    write(folder, "a", "poison", "z")
    docs = source("folder", folder)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(Killed):
            sync(docs.pk, "task")
        assert SourceItem.objects.get(key="poison.md").attempts == attempt
    run_as(docs, "task")
    bad = SourceItem.objects.get(key="poison.md")
    assert (bad.state, "tried 3 times" in bad.error) == ("quarantined", True)
    assert published() == ["a", "z"]
    assert docs.error == "1 of 3 documents could not be read."
    # It stays aside, and the others go on being synced.
    (folder / "a.md").write_text("# a\n\nNew.\n")
    assert run(docs).counts == {"updated": 1, "unchanged": 1, "quarantined": 1}


def run_as(docs, holder):
    assert not sync(docs.pk, holder)
    docs.refresh_from_db()


@pytest.mark.django_db
def test_a_quarantined_document_gets_another_chance_when_asked(folder, poison):
    write(folder, "poison", "z")
    docs = source("folder", folder)
    SourceItem.objects.create(source=docs, key="poison.md", state="quarantined", attempts=MAX_ATTEMPTS)
    run(docs)
    assert published() == ["z"]
    (folder / "poison.md").rename(folder / "cured.md")
    SourceItem.objects.filter(key="poison.md").update(key="cured.md")
    retry(SourceItem.objects.get(key="cured.md"))
    run(docs)
    assert published() == ["poison", "z"]


@pytest.mark.django_db
def test_a_sync_whose_worker_died_goes_on_where_it_was(folder, poison, monkeypatch):
    write(folder, "a", "b", "poison")
    docs = source("folder", folder)
    with pytest.raises(Killed):
        sync(docs.pk, "dead")
    read = []
    monkeypatch.setattr(reading, "read", lambda source, item: read.append(item.key) or reading.Unchanged())
    assert not sync(docs.pk, "other")
    assert read == []  # the dead one's lease still runs
    Source.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert claims.due() == [docs.pk]
    assert not sync(docs.pk, "other")
    assert read == ["poison.md"]
    assert Source.objects.get().run == 1


@pytest.mark.django_db(transaction=True)
def test_two_syncs_at_once_do_the_work_once(folder, monkeypatch):
    """Red when the claim is a look and then a write."""
    write(folder, *"abcdef")
    docs = source("folder", folder)
    stored = []
    real = storing.store
    monkeypatch.setattr(storing, "store", lambda *args: stored.append(args[1].key) or real(*args))
    begin = threading.Barrier(8)

    def work(number):
        begin.wait()
        try:
            sync(docs.pk, f"worker-{number}", seconds=None)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    docs.refresh_from_db()
    assert len(stored) == len(set(stored))
    assert Article.objects.count() == 6


@pytest.mark.django_db
def test_who_was_overtaken_writes_nothing_more(folder, monkeypatch):
    """Red when writes do not name the holder."""
    write(folder, "a", "b")
    docs = source("folder", folder)
    real = storing.store

    def overtaken(*arguments):
        Source.objects.update(holder="other")
        return real(*arguments)

    monkeypatch.setattr(storing, "store", overtaken)
    assert not sync(docs.pk, "slow")
    docs.refresh_from_db()
    assert (docs.holder, docs.running, docs.counts) == ("other", True, {})


@pytest.mark.django_db
def test_a_long_sync_goes_on_in_tasks_of_its_own(folder, monkeypatch):
    write(folder, "a", "b")
    docs = source("folder", folder)
    assert sync(docs.pk, "one", seconds=-1)
    docs.refresh_from_db()
    assert (docs.running, docs.lease_until) == (True, None)
    assert claims.due() == [docs.pk]
    again = []
    monkeypatch.setattr(tasks, "SLICE_SECONDS", -1)
    monkeypatch.setattr(tasks.sync_source, "delay", lambda *args, **named: again.append((args, named)))
    tasks.sync_source.apply((docs.pk,), throw=True)
    assert again == [((docs.pk,), {"when_due": True})]
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 60)
    tasks.sync_source.apply((docs.pk,), {"when_due": True}, throw=True)
    docs.refresh_from_db()
    assert (docs.running, docs.run) == (False, 1)
    tasks.sync_source.apply((docs.pk,), {"when_due": True}, throw=True)  # a task that comes too late
    docs.refresh_from_db()
    assert docs.run == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "minutes_ago", "is_due"),
    [
        ({"interval_minutes": 60}, None, True),
        ({"interval_minutes": 60}, 59, False),
        ({"interval_minutes": 60}, 61, True),
        ({"interval_minutes": 0}, None, False),
        ({"interval_minutes": 60, "enabled": False}, 61, False),
    ],
)
def test_a_source_is_due_when_its_interval_is_over(folder, monkeypatch, fields, minutes_ago, is_due):
    docs = source("folder", folder, **fields)
    if minutes_ago is not None:
        Source.objects.update(started_at=Now() - timedelta(minutes=minutes_ago))
    asked = []
    monkeypatch.setattr(tasks.sync_source, "delay", lambda pk, when_due: asked.append(pk))
    tasks.sync_due()
    assert asked == ([docs.pk] if is_due else [])


@pytest.mark.django_db
def test_documents_are_held_a_few_at_a_time(folder, monkeypatch):
    """Memory stays flat over however many documents. Red when the list, or the rows, are read whole."""
    monkeypatch.setattr(syncing, "_BATCH", 10)
    drawn = most = 0

    def keys(source):
        nonlocal drawn, most
        for number in range(95):
            drawn += 1
            most = max(most, drawn - SourceItem.objects.count())
            yield f"{number}.md"

    monkeypatch.setattr(listing, "keys", keys)
    monkeypatch.setattr(reading, "read", lambda source, item: reading.Unchanged())
    docs = source("folder", folder)
    seen: list[int] = []
    sync(docs.pk, "x", progress=seen.append)
    assert (drawn, len(seen)) == (95, 95)
    assert most <= 10
    waiting = syncing._waiting(Source(pk=docs.pk, run=2))
    SourceItem.objects.update(seen_run=2)
    next(waiting)
    SourceItem.objects.filter(key="90.md").delete()
    assert "90.md" not in [item.key for item in waiting]


def command(*arguments):
    out, err = StringIO(), StringIO()
    code: object = 0
    try:
        call_command("sync_sources", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue().splitlines()[-1], err.getvalue()


@pytest.mark.django_db
def test_the_command_syncs_and_sums_up(folder):
    write(folder, "a", "b")
    (folder / "bad.md").write_bytes(b"\xff")
    docs = source("folder", folder, name="Docs")
    source("folder", folder, name="Off", enabled=False)
    code, line, complaints = command()
    assert (code, line) == (1, "Docs: 2 created, 0 updated, 0 unchanged, 0 archived, 1 failed, 0 quarantined")
    assert "Docs: bad.md: is not UTF-8 text" in complaints
    for name in ("a", "b", "bad"):
        (folder / f"{name}.md").unlink()
    code, _, complaints = command("Docs")
    assert (code, "confirm that they are gone" in complaints) == (1, True)
    code, line, _ = command("Docs", "--confirm")
    assert (code, line) == (0, "Docs: 0 created, 0 updated, 0 unchanged, 2 archived, 0 failed, 0 quarantined")
    Source.objects.filter(pk=docs.pk).update(running=True, holder="w", lease_until=Now() + timedelta(minutes=1))
    code, _, complaints = command("Docs")
    assert (code, "by somebody else" in complaints) == (1, True)
    with pytest.raises(CommandError, match=r"There is no source 'Dcos'. Sources: Docs, Off."):
        command("Dcos")
