"""The API talks to the inboxes' sites and to no other, in errors too."""

import pytest

from sessions_app import sites
from sessions_app.models import Inbox

SITE = "https://shop.example.com"
STRANGER = "https://evil.example.com"
ALLOW = "Access-Control-Allow-Origin"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inbox(monkeypatch):
    monkeypatch.setattr(sites, "_sites", frozenset())
    Inbox.objects.create(name="Shop", allowed_sites=[SITE])
    sites.load()


def asking(client, path: str, origin: str):
    return client.get(path, headers={"Origin": origin})


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/conversations", "/livez"])
def test_a_site_may_read_every_answer(client, path):
    """Red when sites.admit is not connected."""
    response = asking(client, path, SITE)
    assert response[ALLOW] == SITE
    assert "X-Request-ID" in response["Access-Control-Expose-Headers"]
    assert "origin" in response["Vary"].lower()


def test_an_unexpected_error_is_readable_too(client, monkeypatch):
    def explode(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("support.sessions.start", explode)
    client.raise_request_exception = False
    headers = {"Origin": SITE}
    response = client.post("/api/v1/sessions", '{"inbox": "x"}', content_type="application/json", headers=headers)
    assert response.status_code == 500
    assert response[ALLOW] == SITE


@pytest.mark.parametrize("origin", [STRANGER, "null", "https://shop.example.com.evil.com", "http://shop.example.com"])
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/livez"])
def test_a_stranger_may_read_nothing(client, path, origin):
    """Red when sites.admit returns True."""
    assert ALLOW not in asking(client, path, origin)


def test_a_configured_origin_may(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://tools.example.com"]
    assert asking(client, "/livez", "https://tools.example.com")[ALLOW] == "https://tools.example.com"


def preflight(client, origin: str):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options("/api/v1/sessions", headers=headers)


def test_a_preflight_of_a_site(client):
    response = preflight(client, SITE)
    assert response.status_code == 200
    assert response[ALLOW] == SITE
    assert "authorization" in response["Access-Control-Allow-Headers"]
    assert "POST" in response["Access-Control-Allow-Methods"]


def test_a_preflight_of_a_stranger(client):
    assert ALLOW not in preflight(client, STRANGER)


def test_no_credentials_of_the_browser_are_asked_for(client):
    assert "Access-Control-Allow-Credentials" not in asking(client, "/livez", SITE)


@pytest.mark.parametrize("path", ["/admin/login/", "/"])
def test_pages_are_not_shared(client, path):
    assert ALLOW not in asking(client, path, SITE)
