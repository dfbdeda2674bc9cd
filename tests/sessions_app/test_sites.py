"""What counts as an origin, and which ones may talk to us."""

import pytest

from sessions_app import sites
from sessions_app.models import Inbox


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(sites, "_sites", frozenset())


@pytest.mark.parametrize(
    ("origin", "normal"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        (" https://example.com ", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origins(origin, normal):
    assert sites.normalise(origin) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "example.com",
        "//example.com",
        "https://",
        "https:///path",
        "ftp://example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "chrome-extension://abcdef",
        "https://example.com/path",
        "https://example.com?x",
        "https://example.com#x",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://@example.com",
        "https://example.com@evil.com",
        "https://example.com:99999",
        "https://example.com:port",
        "https://exam ple.com",
        "https://[::1",
        "https://a.com;script-src",
        "https://a.com,https://b.com",
        "https://*.example.com",
        "https://*",
        "https://exa'mple.com",
        "https://a.com\\.evil.com",
    ],
)
def test_what_is_not_exactly_an_origin(text):
    assert sites.normalise(text) is None


@pytest.mark.parametrize(
    "foreign",
    [
        "null",
        "",
        "https://example.com.evil.com",
        "https://evil-example.com",
        "https://www.example.com",
        "http://example.com",
        "https://example.com:8443",
        "https://example.com@evil.com",
        "https://evil.com/https://example.com",
    ],
)
def test_only_the_very_site_is_admitted(db, foreign):
    Inbox.objects.create(name="Acme", allowed_sites=["https://example.com"])
    sites.load()
    assert sites.is_site("https://EXAMPLE.com")
    assert not sites.is_site(foreign)


def test_nothing_is_admitted_before_the_first_look(db):
    Inbox.objects.create(name="Acme", allowed_sites=["https://example.com"])
    assert not sites.is_site("https://example.com")


def test_the_sites_of_all_active_inboxes_count(db, settings):
    """Red when `load` forgets is_active."""
    settings.CORS_ALLOWED_ORIGINS = ["https://tools.example.com"]
    Inbox.objects.create(name="A", allowed_sites=["https://a.example.com", "nonsense"])
    Inbox.objects.create(name="B", allowed_sites=["https://b.example.com/"])
    Inbox.objects.create(name="C", allowed_sites=["https://c.example.com"], is_active=False)
    sites.load()
    assert sites._sites == {"https://a.example.com", "https://b.example.com", "https://tools.example.com"}


@pytest.mark.parametrize(
    ("origin", "host", "secure", "ours"),
    [
        ("https://help.example.com", "help.example.com", True, True),
        ("https://help.example.com", "help.example.com:443", True, True),
        ("http://localhost:8000", "localhost:8000", False, True),
        ("http://help.example.com", "help.example.com", True, False),
        ("https://evil.com", "help.example.com", True, False),
        ("null", "help.example.com", True, False),
        ("", "", True, False),
        ("null", "", False, False),
    ],
)
def test_our_own_origin(origin, host, secure, ours):
    assert sites.is_ours(origin, host, secure) is ours
