"""Sources for the tests."""

import pytest

from config.common.networks import parse_networks
from knowledge.models import Article
from knowledge.sources.models import Source
from knowledge.sources.sync import sync
from tests.fakes.site import Page, Site

HOST = "127.0.0.2"


@pytest.fixture
def site(settings):
    """A web site that may be fetched from."""
    settings.FETCH_ALLOWED_NETWORKS = parse_networks([HOST])
    with Site(HOST) as site:
        yield site


@pytest.fixture
def folder(settings, tmp_path):
    """A folder that sources may read."""
    path = tmp_path / "docs"
    path.mkdir()
    settings.SOURCE_FOLDERS = (path,)
    return path


def sitemap(site: Site, *paths: str) -> None:
    """Make these the pages of the site's sitemap."""
    entries = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    site.pages["/sitemap.xml"] = Page(text.encode(), headers={"Content-Type": "application/xml"})


def pages(site: Site, *names: str) -> None:
    """Pages with a sentence each, and a sitemap of them."""
    for name in names:
        site.html(f"/{name}", f"<h1>About {name}</h1><p>All there is to say about {name} is here.</p>")
    sitemap(site, *(f"/{name}" for name in names))


def source(kind: str, location: object, **fields) -> Source:
    """A source."""
    return Source.objects.create(name=fields.pop("name", kind), kind=kind, location=str(location), **fields)


def run(source: Source) -> Source:
    """The source after one more sync."""
    assert not sync(source.pk, "test")
    source.refresh_from_db()
    assert not source.running
    return source


def published() -> list[str]:
    """The titles of what is published."""
    return sorted(Article.objects.filter(status="published").values_list("title", flat=True))
