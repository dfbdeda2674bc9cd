"""The versions of an article: who wrote which when, any two compared, an earlier one restored as a new one."""

import pytest

from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article
from tests.support.console_cast import browser, staff

LIST = "/admin/knowledge/article/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    """An article of three versions, the second by Ed, the third of another title."""
    made, _ = ingestion.save(Draft(title="Refunds", body="First line.\n\nOld end.", status="published"))
    ingestion.save(Draft(body="First line.\n\nNew end.\n\nMore.", author=staff("ed")), made)
    saved, _ = ingestion.save(Draft(title="Returns"), made)
    return saved


def page(article, path, who="ed", **query):
    return browser(who).get(f"{LIST}{article.pk}/{path}", query).content.decode()


def restore(client, article, number, seen=None):
    sent = {"seen_version": article.version if seen is None else seen}
    return client.post(f"{LIST}{article.pk}/restore/{number}/", sent)


def versions(article):
    return list(article.versions.values_list("number", "title", "body"))


def test_the_history_says_who_wrote_what_and_how_much_changed(article):
    """Red when each version is compared with itself."""
    html = page(article, "history/")
    summaries = ["New title<", "3 lines added, 1 line removed<", "First version<"]
    assert [html.index(text) for text in summaries] == sorted(html.index(text) for text in summaries)
    assert "by ed" in html


def test_a_long_history_has_pages(article):
    """Red when all versions are on one page."""
    for number in range(4, 24):
        ingestion.save(Draft(body=f"Text {number}"), article)
    first, second = page(article, "history/"), page(article, "history/", p="2")
    assert "Version 4<" in first
    assert "Version 3<" not in first
    assert "Version 3<" in second
    assert "Page 2 of 2" in second


def test_any_two_versions_are_compared_in_words_signs_and_both_directions(article):
    """Red when the words are left unmarked, and when `from` and `to` are exchanged."""
    html = page(article, "compare/", **{"from": "1", "to": "3"})
    assert '<del class="diff-words">Old</del> end.' in html
    assert '<ins class="diff-words">New</ins> end.' in html
    assert '<span class="visually-hidden">Added: </span>' in html
    assert '<del class="diff-words">Refunds</del>' in html
    back = page(article, "compare/", **{"from": "3", "to": "1"})
    assert '<ins class="diff-words">Old</ins> end.' in back


def test_a_version_is_compared_with_the_one_before(article):
    assert "From version 1 to version 2: 3 lines added, 1 line removed." in page(article, "compare/", to="2")
    assert "Old end." in page(article, "compare/", to="1")


@pytest.mark.parametrize("number", ["9", "x", "", "-1", "99999999999999999999", "²"])
def test_a_version_that_is_not_there_is_not_found(article, number):
    """Red when anything that is a digit somewhere is looked for."""
    ed = browser("ed")
    assert ed.get(f"{LIST}{article.pk}/compare/", {"from": number}).status_code == 404
    assert ed.get(f"{LIST}{article.pk}/compare/", {"to": number}).status_code == 404


def test_versions_are_shown_as_text():
    """Red when a part of the comparison is marked safe."""
    made, _ = ingestion.save(
        Draft(title="<b>One</b>", body="<script>alert(1)</script>\n<img src=https://evil.example/a>")
    )
    ingestion.save(Draft(title="<i>Two</i>", body="<script>alert(2)</script>\n<img src=https://evil.example/b>"), made)
    for path in ("history/", "compare/?from=1&to=2", "compare/?to=1", "restore/1/"):
        html = page(made, path)
        for markup in ("<b>One", "<i>Two", "<script>alert", "<img src=https"):
            assert markup not in html
    assert "&lt;img src=https://evil.example/b&gt;" in page(made, "compare/").replace("</ins>", "").replace(
        '<ins class="diff-words">', ""
    )


def test_an_earlier_version_is_restored_as_a_new_one_and_back(article):
    """Red when the restored version is taken out of the history."""
    before = versions(article)
    ed = browser("ed")
    assert restore(ed, article, 1).status_code == 302
    assert versions(article) == [(4, "Refunds", "First line.\n\nOld end."), *before]
    assert article.versions.first().author == staff("ed")
    article.refresh_from_db()
    assert article.chunks.get().text.endswith("Old end.")
    restore(ed, article, 3)
    assert versions(article)[0] == (5, "Returns", "First line.\n\nNew end.\n\nMore.")
    assert restore(ed, article, 9).status_code == 404


def test_restoring_asks_first(article):
    """Red when GET restores."""
    html = page(article, "restore/1/")
    assert "What would change" in html
    assert '<ins class="diff-words">Old</ins>' in html
    assert Article.objects.get().version == 3


def test_what_somebody_wrote_meanwhile_is_not_replaced_unseen(article):
    """Red when `seen_version` is not looked at."""
    ed = browser("ed")
    ingestion.save(Draft(body="Theirs"), article)
    again = restore(ed, article, 1, seen=3)
    assert "changed meanwhile" in again.content.decode()
    assert versions(article)[0][2] == "Theirs"
    assert 'name="seen_version" value="4"' in again.content.decode()


def test_who_may_only_read_compares_and_restores_nothing(article):
    """Red when the permission to restore is that to read."""
    alice = browser("alice")
    assert "restore/1/" not in page(article, "history/", who="alice")
    assert alice.get(f"{LIST}{article.pk}/compare/").status_code == 200
    assert alice.get(f"{LIST}{article.pk}/restore/1/").status_code == 403
    assert restore(alice, article, 1).status_code == 403
    assert Article.objects.get().version == 3
    rest = staff("nobody")
    assert not rest.has_perm("knowledge.view_article")
    assert browser("nobody").get(f"{LIST}{article.pk}/compare/").status_code == 403
