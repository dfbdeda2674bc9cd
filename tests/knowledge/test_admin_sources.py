"""Editors see how their sources are, have them synced, confirm a loss, and retry what was set aside."""

import pytest

from knowledge import ingestion, tasks
from knowledge.models import Article, Source, SourceItem
from tests.knowledge.publishing import save
from tests.knowledge.sources import run, source
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

SOURCES, ITEMS = "/admin/knowledge/source/", "/admin/knowledge/sourceitem/"


@pytest.fixture
def asked(monkeypatch):
    """The syncs that were asked for."""
    pks: list[int] = []
    monkeypatch.setattr(tasks.sync_source, "delay", pks.append)
    return pks


def act(client, where, action, *rows):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(where, data, follow=True).content.decode()


def test_the_list_shows_how_sources_are(folder):
    (folder / "a.md").write_text("# <b>A</b>\n\nText.\n")
    (folder / "bad.md").write_bytes(b"\xff")
    run(source("folder", folder, name="Docs"))
    page = browser("ed").get(SOURCES).content.decode()
    assert "1 of 2 documents could not be read." in page
    assert f'href="{ITEMS}?source__id__exact={Source.objects.get().pk}">2</a>' in page
    assert "is not UTF-8 text" in browser("ed").get(f"{ITEMS}?state__exact=failed").content.decode()


def test_an_editor_adds_a_source_and_has_it_synced(folder, asked):
    fields = {"name": "Docs", "kind": "folder", "location": str(folder), "interval_minutes": 60, "enabled": "on"}
    fields |= {"audience": "everyone", "tags": ""}
    ed = browser("ed")
    refused = ed.post(f"{SOURCES}add/", fields | {"location": "/etc"})
    assert list(refused.context["adminform"].form.errors) == ["location"]
    assert ed.post(f"{SOURCES}add/", fields).status_code == 302
    made = Source.objects.get()
    assert "1 sync asked for" in act(ed, SOURCES, "sync_now", made)
    assert asked == [made.pk]


def test_a_loss_is_confirmed_in_the_list(folder, asked):
    (folder / "a.md").write_text("Text.")
    docs = run(source("folder", folder))
    (folder / "a.md").unlink()
    run(docs)
    ed = browser("ed")
    assert "Needs a decision" in ed.get(SOURCES).content.decode()
    act(ed, SOURCES, "confirm_missing", docs)
    docs.refresh_from_db()
    assert (docs.confirmed, asked) == (True, [docs.pk])
    run(docs)
    assert Article.objects.get().status == "archived"


def test_what_was_set_aside_is_retried(folder):
    docs = source("folder", folder)
    item = SourceItem.objects.create(source=docs, key="a.md", state="quarantined", error="It crashed.", attempts=3)
    ed = browser("ed")
    assert "It crashed." in ed.get(ITEMS).content.decode()
    act(ed, ITEMS, "retry", item)
    item.refresh_from_db()
    assert (item.state, item.error, item.attempts) == ("waiting", "", 0)


def test_an_article_whose_embedding_failed_is_indexed_again(monkeypatch):
    article = save("Refunds", "Text.")
    Article.objects.filter(pk=article.pk).update(index_attempts=ingestion.MAX_ATTEMPTS)
    ingestion.embed(article.pk)
    act(browser("ed"), "/admin/knowledge/article/", "index_again", article)
    ingestion.embed(article.pk)
    article.refresh_from_db()
    assert (article.index_state, article.index_attempts) == ("indexed", 0)


def test_support_agents_do_not_touch_sources(asked, folder):
    docs = source("folder", folder)
    assert browser("alice").get(SOURCES).status_code == 403
    assert browser("alice").post(SOURCES, {"action": "sync_now", "_selected_action": [docs.pk]}).status_code == 403
    assert asked == []
