"""Editors' work on articles in the admin: each save is a version, archiving empties the index, nothing is lost."""

import pytest

from knowledge import ingestion, tasks
from knowledge.ingestion import Draft
from knowledge.models import Article
from tests.support.console_cast import browser, staff

LIST = "/admin/knowledge/article/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheduled(monkeypatch):
    """The articles whose embedding was asked for."""
    asked: list[str] = []
    monkeypatch.setattr(tasks.embed_article, "delay", asked.append)
    return asked


def make(title="Refunds", body="You get your money back.", **fields):
    article, _ = ingestion.save(Draft(**{"title": title, "body": body, "status": "published", **fields}))
    return article


def form(article=None, **changes):
    """What the browser sends: the form as it is, with CRLF line ends, and what was changed in it."""
    body = article.versions.first().body if article else "Text"
    fields = {
        "title": article.title if article else "Shipping",
        "body": body.replace("\n", "\r\n"),
        "seen_version": article.version if article else 0,
        "status": article.status if article else "draft",
        "audience": article.audience if article else "everyone",
        "tags": ",".join(article.tags) if article else "",
        "url": article.url if article else "",
    }
    return fields | changes


def change(client, article, **changes):
    return client.post(f"{LIST}{article.pk}/change/", form(article, **changes))


def act(client, action, *articles):
    return client.post(LIST, {"action": action, "_selected_action": [str(row.pk) for row in articles]})


def test_a_new_article_is_a_first_version_by_its_author(scheduled, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = browser("ed").post(f"{LIST}add/", form(status="published", tags="pro, beta", body="One\r\n\r\nTwo"))
    assert response.status_code == 302
    article = Article.objects.get(title="Shipping")
    version = article.versions.get()
    assert (version.number, version.body, version.author) == (1, "One\n\nTwo", staff("ed"))
    assert (article.tags, article.index_state, scheduled) == (["pro", "beta"], "pending", [str(article.pk)])


def test_a_changed_text_is_a_further_version_and_is_indexed_anew(scheduled, django_capture_on_commit_callbacks):
    article = make()
    with django_capture_on_commit_callbacks(execute=True):
        assert change(browser("ed"), article, body="You get vouchers.").status_code == 302
    assert list(article.versions.values_list("number", "body")) == [
        (2, "You get vouchers."),
        (1, "You get your money back."),
    ]
    assert [chunk.text for chunk in article.chunks.all()] == ["You get vouchers."]
    assert scheduled == [str(article.pk)]


@pytest.mark.parametrize("body", ["One\n\nTwo\n", "\n  indented", "ends with spaces  \n\n"])
def test_saving_without_a_change_makes_no_version(body, scheduled):
    article = make(body=body)
    assert f"{body}</textarea>" in browser("ed").get(f"{LIST}{article.pk}/change/").content.decode()
    change(browser("ed"), article)
    assert article.versions.count() == 1


def test_the_second_of_two_editors_is_told_and_keeps_their_text():
    article = make()
    stale = form(article, body="Mine")
    ingestion.save(Draft(body="Theirs"), article)
    ed = browser("ed")
    refused = ed.post(f"{LIST}{article.pk}/change/", stale)
    assert refused.status_code == 200
    assert "changed while you were editing" in refused.content.decode()
    assert refused.context["adminform"].form["body"].value() == "Mine"
    assert article.versions.first().body == "Theirs"
    # Saved once more, knowingly, it replaces the other's.
    assert refused.context["adminform"].form["seen_version"].value() == 2
    assert ed.post(f"{LIST}{article.pk}/change/", stale | {"seen_version": 2}).status_code == 302
    assert article.versions.first().body == "Mine"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("body", " \r\n "),
        ("title", ""),
        ("url", "javascript:alert(1)"),
        ("url", "data:text/html,x"),
        ("status", "live"),
    ],
)
def test_a_bad_field_is_refused(field, value):
    article = make()
    refused = change(browser("ed"), article, **{field: value})
    assert list(refused.context["adminform"].form.errors) == [field]
    assert article.versions.count() == 1


def test_archiving_takes_articles_out_of_the_index_at_once():
    first, second, draft = make("One"), make("Two"), make("Three", status="draft")
    assert first.chunks.exists()
    act(browser("ed"), "archive", first, second)
    assert not first.chunks.exists()
    assert not second.chunks.exists()
    assert set(Article.objects.values_list("title", "status")) == {
        ("One", "archived"),
        ("Two", "archived"),
        ("Three", "draft"),
    }
    act(browser("ed"), "publish", first, draft)
    assert first.chunks.exists()
    assert draft.chunks.exists()
    act(browser("ed"), "back_to_draft", first)
    assert not first.chunks.exists()


def test_a_human_agent_reads_articles_and_changes_none():
    article = make(body="Old")
    ingestion.save(Draft(body="New"), article)
    alice = browser("alice")
    assert "New" in alice.get(f"{LIST}{article.pk}/change/").content.decode()
    assert change(alice, article, body="Mine").status_code == 403
    assert alice.post(f"{LIST}add/", form()).status_code == 403
    act(alice, "archive", article)
    article.refresh_from_db()
    assert (article.status, article.version) == ("published", 2)


def test_deleting_for_good_is_for_administrators():
    article = make()
    assert browser("ed").post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in browser("ed").get(LIST).content.decode()
    assert Article.objects.filter(pk=article.pk).exists()
    assert browser("rita").post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Article.objects.filter(pk=article.pk).exists()


def test_the_list_shows_what_failed_and_why():
    article = make()
    Article.objects.filter(pk=article.pk).update(index_state="failed", index_error="<b>Too large</b>")
    html = browser("ed").get(LIST).content.decode()
    assert "&lt;b&gt;Too large&lt;/b&gt;" in html
    assert 'data-state="failed"' in html


def test_the_list_filters_by_tag():
    make("One", tags=["pro"])
    make("Two", tags=["beta"])
    html = browser("ed").get(LIST, {"tag": "pro"}).content.decode()
    assert "One</a>" in html
    assert "Two</a>" not in html


def test_progress_counts_what_waits_for_its_vector():
    done, waiting = make("One"), make("Two", body="# A\n\nOne.\n\n# B\n\nTwo.")
    ingestion.embed(done.pk)
    ed = browser("ed")
    progress = ed.get(f"{LIST}progress/", {"id": [str(done.pk), str(waiting.pk), "nonsense"]}).json()
    assert (progress["total"], progress["pending"]) == (1 + waiting.chunks.count(), waiting.chunks.count())
    assert progress["articles"][str(done.pk)] == {"state": "indexed", "error": ""}
    assert progress["articles"][str(waiting.pk)]["state"] == "pending"
