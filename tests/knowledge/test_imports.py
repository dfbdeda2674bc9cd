"""Imports by upload: what would happen is shown, what was shown happens, and it can be taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.common.errors import Conflict
from knowledge import converters, ingestion, locks
from knowledge.imports import applying, deciding, work
from knowledge.imports.models import ImportFile, ImportItem, ImportJob, ImportPiece
from knowledge.ingestion import Draft
from knowledge.models import Article, ArticleVersion
from tests.knowledge.importing import done, go_on, planned, read, undone, upload
from tests.knowledge.publishing import save
from tests.knowledge.sources import source

pytestmark = pytest.mark.django_db

REFUNDS = "# Refunds\n\nMoney comes back within 14 days.\n"
SOONER = REFUNDS.replace("14", "10")
SHIPPING = "# Shipping\n\nParcels leave every morning.\n"


def texts():
    """What each article says, and how it stands."""
    return {
        article.title: (article.versions.first().body.strip().splitlines()[-1], article.status, article.version)
        for article in Article.objects.all()
    }


def test_what_would_happen_is_shown_and_nothing_is_written():
    """Red when reading saves what it plans."""
    done({"refunds.md": REFUNDS, "shipping.md": SHIPPING})
    before = texts()
    job = read({"refunds.md": SOONER, "shipping.md": SHIPPING, "hours.txt": "Nine to five.", "bad.txt": b"\xff"})
    assert (job.state, job.done, job.total) == ("ready", 4, 4)
    assert planned(job) == {
        "Refunds": ("change", ""),
        "Shipping": ("unchanged", ""),
        "Hours": ("create", ""),
        "bad.txt": ("refuse", "is not UTF-8 text (byte 0); convert it to UTF-8"),
    }
    assert texts() == before
    assert not ImportPiece.objects.exists()


def test_what_was_shown_happens():
    done({"refunds.md": REFUNDS})
    job = done({"refunds.md": SOONER, "hours.txt": "Nine to five."}, new_status="draft", tags=["shop"])
    assert job.state == "imported"
    assert texts() == {
        "Refunds": ("Money comes back within 10 days.", "published", 2),
        "Hours": ("Nine to five.", "draft", 1),
    }
    assert set(Article.objects.values_list("external_id", flat=True)) == {
        "upload:docs/refunds.md",
        "upload:docs/hours.txt",
    }
    assert all(article.tags == ["shop"] for article in Article.objects.all())
    assert set(job.items.values_list("body", "state")) == {("", "applied")}


def test_what_changed_since_it_was_shown_is_left_alone():
    """Red when the article's version is not compared with the plan's."""
    done({"refunds.md": REFUNDS, "shipping.md": SHIPPING})
    job = read(
        {"refunds.md": SOONER, "shipping.md": SHIPPING + "\nAnd evening.", "hours.md": "# Hours\n\nNine to five."}
    )
    save("Refunds", "By hand.", Article.objects.get(title="Refunds"))
    Article.objects.get(title="Shipping").delete()
    save("Hours", "By hand.", external_id="upload:docs/hours.md")
    deciding.confirm(job.pk)
    go_on(job)
    assert texts() == {"Refunds": ("By hand.", "published", 2), "Hours": ("By hand.", "published", 1)}
    assert list(job.items.values_list("state", "reason")) == [
        ("left", "its article was changed meanwhile: it is at version 2 now"),
        ("left", "its article was deleted meanwhile"),
        ("left", "an article of this id was made meanwhile"),
    ]


def test_an_import_is_taken_back():
    """Red when undoing leaves an import's tags, or does not restore the text of before."""
    done({"refunds.md": REFUNDS, "shipping.md": SHIPPING}, tags=["old"])
    job = done({"refunds.md": SOONER, "hours.md": "# Hours\n\nNine."}, tags=["new"], archive_missing=True)
    assert texts()["Shipping"][1] == "archived"
    assert undone(job).state == "undone"
    assert texts() == {
        "Refunds": ("Money comes back within 14 days.", "published", 3),
        "Shipping": ("Parcels leave every morning.", "published", 1),
        "Hours": ("Nine.", "archived", 1),
    }
    assert Article.objects.get(title="Refunds").tags == ["old"]
    with pytest.raises(Conflict):
        deciding.undo(job.pk)


def test_what_people_changed_since_stays_when_it_is_taken_back():
    """Red when undoing does not look at the version that the import made."""
    done({"refunds.md": REFUNDS})
    job = done({"refunds.md": SOONER, "hours.md": "# Hours\n\nNine.", "c.md": "# Kept back\n\nText."}, tags=["new"])
    hours = save("Hours", "Nine to five.", Article.objects.get(title="Hours"))
    ingestion.save(Draft(tags=["by", "hand"]), Article.objects.get(title="Refunds"))
    ingestion.save(Draft(status="draft"), Article.objects.get(title="Kept back"))
    undone(job)
    assert job.items.get(title="Kept back").reason == "its article is draft meanwhile"
    hours.refresh_from_db()
    assert (hours.status, hours.version) == ("published", 2)
    assert Article.objects.get(title="Refunds").tags == ["by", "hand"]
    assert texts()["Refunds"][0] == "Money comes back within 14 days."
    assert job.items.get(title="Hours").reason == "its article was changed meanwhile: it is at version 2 now"


def test_what_is_missing_is_archived_when_asked():
    """Red when imports of other names are looked at, and when what was refused counts as missing."""
    done({"refunds.md": REFUNDS, "shipping.md": SHIPPING})
    done({"other.md": "# Other\n\nText."}, name="others")
    assert planned(read({"refunds.md": REFUNDS})) == {"Refunds": ("unchanged", "")}
    job = read({"refunds.md": REFUNDS, "shipping.md": b"\xff"}, archive_missing=True)
    assert {plan for plan, _ in planned(job).values()} == {"unchanged", "refuse"}
    assert job.error == "Nothing is archived, as something was refused."
    job = done({"refunds.md": REFUNDS}, archive_missing=True)
    assert planned(job) == {"Refunds": ("unchanged", ""), "Shipping": ("archive", "")}
    assert {title: status for title, (_, status, _) in texts().items()} == {
        "Refunds": "published",
        "Shipping": "archived",
        "Other": "published",
    }
    assert planned(read({"refunds.md": REFUNDS}, archive_missing=True)) == {"Refunds": ("unchanged", "")}


def test_ids_that_others_have_are_refused(folder):
    (folder / "a.jsonl").write_text('{"id": "theirs", "title": "Theirs", "text": "Text."}')
    docs = source("folder", folder)
    from knowledge.sources.sync import sync

    sync(docs.pk, "test")
    lines = ['{"id": "theirs", "text": "Mine."}', '{"id": "1", "text": "One."}', '{"id": "1", "text": "Again."}']
    job = read({"rows.jsonl": "\n".join(lines)})
    assert list(job.items.values_list("plan", "reason")) == [
        ("refuse", f"its article is kept in step by the source “{docs}”"),
        ("create", ""),
        ("refuse", "has the same id as rows.jsonl:2: 1"),
    ]


def test_a_cancelled_import_writes_nothing_more(monkeypatch):
    """Red when the state is not looked at under the lock before each item."""
    job = read({f"{n}.md": f"# Number {n}\n\nText." for n in range(3)})
    deciding.confirm(job.pk)
    real = applying.apply

    def cancelled_after_the_first(item):
        real(item)
        deciding.cancel(item.job_id)

    monkeypatch.setattr(applying, "apply", cancelled_after_the_first)
    assert go_on(job).state == "cancelled"
    assert list(texts()) == ["Number 0"]
    assert deciding.may_undo(job)
    assert undone(job).state == "undone"
    assert texts()["Number 0"][1] == "archived"


def test_a_cancelled_reading_keeps_nothing():
    job = upload({"a.md": REFUNDS})
    deciding.cancel(job.pk)
    assert go_on(job).state == "cancelled"
    assert not ImportFile.objects.exists()
    assert not deciding.may_undo(job)
    for step in (deciding.cancel, deciding.confirm):
        with pytest.raises(Conflict):
            step(job.pk)


def test_turns_end_as_one_stretch_would():
    """Red when a turn begins again at the first file, and when it may end before it has done anything."""
    files = {f"{n}.md": f"# Number {n}\n\nText." for n in range(3)}
    job = go_on(upload(files), seconds=0)
    assert list(job.items.values_list("title", flat=True)) == ["Number 0", "Number 1", "Number 2"]
    deciding.confirm(job.pk)
    assert [work.go_on(job.pk, seconds=0) for _ in range(4)] == [True, True, True, False]
    assert ArticleVersion.objects.count() == 3


class Die(BaseException):
    """In the place of a signal that nobody can catch."""


def test_a_file_that_kills_its_worker_is_set_aside(monkeypatch):
    """Red when the try is counted after the work, and when what was read before is read again."""
    real = converters.CONVERTERS[".md"]

    def poisoned(content):
        if b"POISON" in content.file.read():
            raise Die
        content.file.seek(0)
        yield from real(content)

    monkeypatch.setitem(converters.CONVERTERS, ".md", poisoned)
    job = upload({"a.md": REFUNDS, "b.md": "POISON", "c.md": SHIPPING})
    for _ in range(3):
        with pytest.raises(Die):
            work.go_on(job.pk, 60)
    assert planned(go_on(job)) == {
        "Refunds": ("create", ""),
        "b.md": ("refuse", "reading it was tried 3 times and did not finish: it may crash whatever reads it"),
        "Shipping": ("create", ""),
    }


def test_a_death_while_writing_leaves_nothing_half_done(monkeypatch):
    """Red when the item is marked in another transaction than its article is saved in."""
    job = read({"a.md": REFUNDS, "b.md": SHIPPING})
    deciding.confirm(job.pk)
    real = ingestion.save
    deaths: list[object] = []

    def dies_once(*arguments):
        saved = real(*arguments)
        if not deaths:
            deaths.append(saved)
            raise Die
        return saved

    monkeypatch.setattr(ingestion, "save", dies_once)
    with pytest.raises(Die):
        work.go_on(job.pk, 60)
    assert go_on(job).state == "imported"
    assert [version for _, _, version in texts().values()] == [1, 1]
    assert set(job.items.values_list("state", flat=True)) == {"applied"}


def test_only_one_worker_at_a_time(monkeypatch):
    job = upload({"a.md": REFUNDS})
    with locks.session(work._LOCK, job.pk) as mine:
        assert mine
        assert work.tend() == [job.pk]


def test_what_nobody_decides_about_is_ended():
    """Red from both sides when the days are not counted."""
    old, young = read({"a.md": REFUNDS}), read({"b.md": SHIPPING})
    week = timedelta(days=7)
    ImportJob.objects.filter(pk=old.pk).update(created_at=timezone.now() - week - timedelta(minutes=1))
    ImportJob.objects.filter(pk=young.pk).update(created_at=timezone.now() - week + timedelta(minutes=1))
    assert work.tend() == []
    old.refresh_from_db(), young.refresh_from_db()
    assert (old.state, old.error) == ("cancelled", "Nobody decided within 7 days.")
    assert young.state == "ready"
    assert list(ImportItem.objects.exclude(body="").values_list("job", flat=True)) == [young.pk]
