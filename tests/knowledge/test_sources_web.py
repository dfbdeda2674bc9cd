"""Pages and sitemaps become articles; what has not changed costs nothing; what is gone is archived, mistakes are not."""

import gzip

import pytest

from knowledge import ingestion, tasks
from knowledge.ingestion import Draft
from knowledge.models import Article, ArticleVersion, Chunk, SourceItem
from knowledge.sources import storing
from knowledge.sources.sync import confirm
from tests.fakes.site import Page
from tests.knowledge.sources import pages, published, run, sitemap, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scheduled(monkeypatch):
    """The articles whose embedding was asked for."""
    asked: list[str] = []
    monkeypatch.setattr(tasks.embed_article, "delay", asked.append)
    return asked


def test_a_page_is_an_article_under_its_address(site):
    site.html("/a/", "<h1>Refunds</h1><p>You get your money back.</p>")
    one = run(source("url", f"{site.url}/a/#top", audience="identified", tags=["shop"]))
    article = Article.objects.get()
    assert (article.title, article.url, article.status) == ("Refunds", f"{site.url}/a/", "published")
    assert (article.external_id, article.audience, article.tags) == (f"{site.url}/a", "identified", ["shop"])
    assert (one.counts, one.error, one.synced_at is not None) == ({"created": 1}, "", True)


def test_all_pages_of_a_sitemap_and_of_an_index(site):
    pages(site, "a", "b", "c")
    sitemap(site, "/a", "/b", "/b", "/a#x")
    plain = site.pages.pop("/sitemap.xml").body
    more = plain.replace(b"/a<", b"/c<")
    site.pages |= {"/one.xml": Page(plain), "/two.xml.gz": Page(gzip.compress(more))}
    site.pages["/sitemap.xml"] = Page(
        f"<sitemapindex><sitemap><loc>{site.url}/one.xml</loc></sitemap>"
        f"<sitemap><loc>{site.url}/two.xml.gz</loc></sitemap></sitemapindex>".encode()
    )
    assert run(source("sitemap", f"{site.url}/sitemap.xml")).counts == {"created": 3}
    assert published() == ["About a", "About b", "About c"]


def test_what_has_not_changed_costs_nothing(site, django_capture_on_commit_callbacks, scheduled, monkeypatch):
    """Red when the validators are not sent, or the content's hash is not compared."""
    pages(site, "a", "b")
    site.pages["/a"].headers["ETag"] = '"1"'
    site.pages["/b"].headers["Last-Modified"] = "Mon, 02 Nov 2026 10:00:00 GMT"
    web = source("sitemap", f"{site.url}/sitemap.xml")
    run(web)
    before = (list(Article.objects.values()), list(Chunk.objects.values("id")), ArticleVersion.objects.count())
    site.requests.clear()
    monkeypatch.setattr(storing, "store", None)
    with django_capture_on_commit_callbacks(execute=True):
        assert run(web).counts == {"unchanged": 2}
    assert (list(Article.objects.values()), list(Chunk.objects.values("id")), ArticleVersion.objects.count()) == before
    sent = dict(site.requests)
    assert sent["/a"]["if-none-match"] == '"1"'
    assert sent["/b"]["if-modified-since"] == "Mon, 02 Nov 2026 10:00:00 GMT"
    assert scheduled == []


def test_a_changed_page_is_a_new_version_of_the_same_article(site):
    pages(site, "a", "b")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    site.html("/a", "<h1>About a</h1><p>Something else is said about it now.</p>")
    assert run(web).counts == {"updated": 1, "unchanged": 1}
    assert sorted(Article.objects.values_list("title", "version")) == [("About a", 2), ("About b", 1)]


def test_new_settings_reach_articles_whose_pages_have_not_changed(site):
    """Red when only the content decides: a restricted source would go on answering everybody."""
    pages(site, "a")
    site.pages["/a"].headers["ETag"] = '"1"'
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    web.audience = "identified"
    web.save()
    run(web)
    assert Article.objects.get().audience == "identified"


def test_what_an_editor_narrowed_stays_narrow(site):
    pages(site, "a")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    ingestion.save(Draft(audience="identified"), Article.objects.get())
    site.html("/a", "<h1>About a</h1><p>Something else is said about it now.</p>")
    run(web)
    assert Article.objects.get().audience == "identified"


def test_what_is_gone_is_archived_and_comes_back_with_its_page(site):
    """Red when articles are kept silently, or stay archived."""
    pages(site, "a", "b", "c")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    sitemap(site, "/a", "/b")
    assert run(web).counts == {"unchanged": 2, "archived": 1}
    assert published() == ["About a", "About b"]
    assert not Article.objects.get(title="About c").chunks.exists()
    sitemap(site, "/a", "/b", "/c")
    run(web)
    assert published() == ["About a", "About b", "About c"]
    assert Article.objects.count() == 3


def test_a_page_that_is_listed_and_not_found_is_gone(site):
    pages(site, "a", "b", "c")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    del site.pages["/c"]
    assert run(web).counts == {"unchanged": 2, "archived": 1}


def test_what_a_person_archived_stays_archived(site):
    pages(site, "a", "b", "c")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    ingestion.save(Draft(status="archived"), Article.objects.get(title="About c"))
    site.html("/c", "<h1>About c</h1><p>Something else is said about it now.</p>")
    run(web)
    assert published() == ["About a", "About b"]


@pytest.mark.parametrize("left", [[], ["/a"]])
def test_an_implausible_loss_archives_nothing_until_it_is_confirmed(site, left):
    """Red when the check on how much is gone is left out."""
    pages(site, "a", "b", "c")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    sitemap(site, *left)
    run(web)
    assert published() == ["About a", "About b", "About c"]
    assert web.missing == 3 - len(left)
    assert "confirm" in web.error
    run(web)
    assert len(published()) == 3
    confirm(web)
    run(web)
    assert len(published()) == len(left)
    assert (web.error, web.missing, web.confirmed) == ("", 0, False)


@pytest.mark.parametrize(
    "broken",
    [
        Page(b"", 503),
        Page(b"<html>Moved</html>"),
        Page(b"<urlset><url><loc>http://127"),
        Page(status=302, headers={"Location": "http://127.0.0.1/"}),
    ],
)
def test_a_list_that_fails_archives_nothing(site, broken):
    """Red when an error is taken for an empty list."""
    pages(site, "a", "b", "c")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    site.pages["/sitemap.xml"] = broken
    run(web)
    assert web.error
    assert len(published()) == 3
    assert not SourceItem.objects.filter(state="gone").exists()


def test_one_bad_page_does_not_stop_the_others_and_keeps_answering(site):
    pages(site, "a", "b", "c", "d")
    web = run(source("sitemap", f"{site.url}/sitemap.xml"))
    site.pages["/a"] = Page(b"", 500)
    site.pages["/b"] = Page(b"x", headers={"Content-Type": "video/mp4"})
    site.pages["/c"] = Page(send=lambda handler: None)
    site.html("/d", "<h1>About d</h1><p>Something else is said about it now.</p>")
    run(web)
    assert (web.counts, web.error) == ({"failed": 3, "updated": 1}, "3 of 4 documents could not be read.")
    assert len(published()) == 4
    assert dict(SourceItem.objects.filter(state="failed").values_list("key", "error")) == {
        f"{site.url}/a": "answers with status 500",
        f"{site.url}/b": "is of type video/mp4, which is not read",
        f"{site.url}/c": "what it sent broke off, or is not HTTP",
    }


def test_a_page_inside_is_not_read(site):
    sitemap(site)
    site.pages["/sitemap.xml"].body = b"<urlset><url><loc>http://169.254.169.254/latest</loc></url></urlset>"
    run(source("sitemap", f"{site.url}/sitemap.xml"))
    item = SourceItem.objects.get()
    assert "not a public address" in item.error
    assert not Article.objects.exists()


def test_an_article_of_another_source_is_not_taken_over(site):
    """Red when the owner is not looked at."""
    pages(site, "a")
    run(source("sitemap", f"{site.url}/sitemap.xml", tags=["one"]))
    other = run(source("url", f"{site.url}/a", tags=["two"]))
    assert "another document has the same id" in other.items.get().error
    assert Article.objects.get().tags == ["one"]
