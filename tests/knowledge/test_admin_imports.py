"""Imports and jobs in the admin: uploaded, looked at, decided, watched, by those who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge import tasks
from knowledge.imports import deciding
from knowledge.models import Article, ImportJob, Source
from tests.knowledge.importing import done, go_on, read, upload
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

JOBS = "/admin/knowledge/importjob/"


def send(client, *files, **fields):
    return client.post(f"{JOBS}add/", {"new_status": "published", "audience": "everyone", "files": files} | fields)


def file(name, text="# One\n\nText."):
    return SimpleUploadedFile(name, text.encode())


def page(job, name="ed", query=""):
    return browser(name).get(f"{JOBS}{job.pk}/change/{query}").content.decode()


def test_files_are_uploaded_looked_at_and_imported():
    ed = browser("ed")
    answer = send(ed, file("faq.md"), file("hours.md", "# Hours\n\nNine."), tags="shop, faq")
    job = ImportJob.objects.get()
    assert answer.url == f"{JOBS}{job.pk}/change/"
    assert (job.name, job.tags, job.author.username, job.state) == ("faq", ["shop", "faq"], "ed", "reading")
    assert "Waiting for a worker" in page(job)
    go_on(job)
    shown = page(job)
    assert "Nothing has been written yet. Importing writes 2 articles." in shown
    assert "Import 2 articles" in shown
    assert not Article.objects.exists()
    ed.post(f"{JOBS}{job.pk}/confirm/")
    go_on(job)
    assert Article.objects.filter(status="published").count() == 2
    assert "Undo this import" in page(job)
    ed.post(f"{JOBS}{job.pk}/undo/")
    assert go_on(job).state == "undone"


def test_what_would_change_is_shown_line_by_line():
    done({"a.md": "# One\n\nMoney comes back within 14 days."})
    job = read({"a.md": "# One\n\nMoney comes back within <b>10</b> days.", "b.md": b"\xff", "c.md": "# New\n\nText."})
    shown = page(job)
    assert "1 line added, 1 line removed" in shown
    assert "Is not UTF-8 text" in shown
    item = job.items.get(plan="change")
    for _ in range(2):  # from the plan, and from the versions once it is written
        diff = browser("ed").get(f"{JOBS}{job.pk}/items/{item.pk}/").content.decode()
        assert '<del class="diff-words">14' in diff
        assert "&lt;b&gt;10&lt;/b&gt;" in diff
        deciding.confirm(job.pk) if job.state == "ready" else None
        go_on(job)
    assert "b.md" not in page(job, query="?plan=create")
    assert "New" in page(job, query="?plan=create")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choose a file."),
        (["a.exe"], "Not supported"),
        (["a.doc"], "old format is not read"),
        ([f"{n}.md" for n in range(51)], "the limit is 50"),
    ],
    ids=["none", "exe", "word", "many"],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_stored(files, said):
    answer = send(browser("ed"), *map(file, files))
    assert said in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_two_who_decide_at_once():
    """Red when a decision does not look at the state that it is made in."""
    job = read({"a.md": "# One\n\nText."})
    first, second = browser("ed"), browser("rita")
    first.post(f"{JOBS}{job.pk}/cancel/")
    answer = second.post(f"{JOBS}{job.pk}/confirm/", follow=True).content.decode()
    assert "The import has moved on meanwhile" in answer
    assert go_on(job).state == "cancelled"
    assert not Article.objects.exists()


def test_jobs_show_what_is_under_way_and_what_went_wrong(monkeypatch):
    """Red when a job that is under way is listed among those that ended."""
    asked = []
    monkeypatch.setattr(tasks.sync_source, "delay", lambda *given: asked.append(given))
    ed = browser("ed")
    assert "Nobody has uploaded files yet" in ed.get(JOBS).content.decode()
    source = Source.objects.create(name="Docs", kind="url", location="https://a.example/", error="<i>gone</i>")
    failed = Article.objects.create(title="Hard", status="published", index_state="failed")
    waiting, ready = upload({"a.md": "# One\n\nText."}, name="waiting"), read({"a.md": "# Two\n\nText."}, name="ready")
    answer = ed.get(JOBS)
    assert [row.name for row in answer.context["active"]] == ["waiting"]
    rest = {row.name: (row.label, row.error) for row in answer.context["rest"]}
    assert rest["ready"] == ("Needs a decision", "")
    assert rest["Embedding of passages"] == ("Trouble", "1 article could not be embedded")
    assert rest["Docs"][1] == "<i>gone</i>"
    assert "&lt;i&gt;gone" in answer.content.decode()
    states = ed.get(f"{JOBS}states/").json()["jobs"]
    assert [(state["key"], state["text"]) for state in states] == [(f"import-{waiting.pk}", "Waiting for a worker")]
    assert ed.get(f"{JOBS}{ready.pk}/progress/").json() == {"jobs": []}
    ed.post(f"{JOBS}sync/{source.pk}/")
    assert asked == [(source.pk,)]
    ed.post(f"{JOBS}index-again/")
    failed.refresh_from_db()
    assert failed.index_state == "pending"


def test_without_a_broker_it_is_said(monkeypatch):
    def away(*arguments):
        raise OSError

    monkeypatch.setattr(tasks.sync_source, "delay", away)
    source = Source.objects.create(name="Docs", kind="url", location="https://a.example/")
    answer = browser("ed").post(f"{JOBS}sync/{source.pk}/", follow=True).content.decode()
    assert "The task queue cannot be reached (OSError)" in answer


def test_who_may_what():
    """Red when a page does not ask for its permission."""
    job = read({"a.md": "# One\n\nText."})
    item = job.items.get()
    alice, ed = browser("alice"), browser("ed")
    pages = ["", "add/", "states/", f"{job.pk}/change/", f"{job.pk}/progress/", f"{job.pk}/items/{item.pk}/"]
    assert [alice.get(JOBS + path).status_code for path in pages] == [403] * 6
    assert [ed.get(JOBS + path).status_code for path in pages] == [200] * 6
    for step in ("confirm", "cancel", "undo"):
        assert alice.post(f"{JOBS}{job.pk}/{step}/").status_code == 403
        assert ed.get(f"{JOBS}{job.pk}/{step}/").status_code == 405
    for path in ("sync/1/", "index-again/"):
        assert alice.post(JOBS + path).status_code == 403
    assert send(alice, file("a.md")).status_code == 403
    job.refresh_from_db()
    assert job.state == "ready"
