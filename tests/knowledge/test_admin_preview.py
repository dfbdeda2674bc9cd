"""The preview beside an article's text is what customers will see of it, does nothing, and stores nothing."""

import json

import pytest
from django.test import Client

from knowledge import admin_preview
from knowledge.models import Article
from knowledge.rendering import to_html
from tests.support.console_cast import browser, staff

PREVIEW = "/admin/knowledge/article/preview/"
HOSTILE = """
<script>alert(1)</script> <img src=https://evil.example/a.png onerror=alert(2)>
![pixel](https://evil.example/b.png) [click](javascript:alert(3))
<iframe src="https://evil.example/c"></iframe>
"""

pytestmark = pytest.mark.django_db


def ask(client, body, **headers):
    return client.post(PREVIEW, json.dumps({"body": body}), content_type="application/json", headers=headers)


def test_the_preview_is_what_the_customers_page_shows():
    """Red when the answer is the text in a <pre>."""
    text = "# Title\n\n- **bold**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    response = ask(browser("ed"), text)
    assert response.json() == {"html": to_html(text)}
    assert "<table>" in response.json()["html"]
    assert not Article.objects.exists()


def test_a_hostile_text_is_inert():
    """Red when `html` is on in rendering.py and its result is not cleaned."""
    html = ask(browser("ed"), HOSTILE).json()["html"]
    assert "&lt;script&gt;" in html
    for markup in ("<script", "<img", "<iframe", 'href="javascript'):
        assert markup not in html


def test_only_who_may_write_articles_has_a_preview():
    """Red when the permissions are not looked at."""
    assert ask(browser("alice"), "Text").status_code == 403
    signed_out = ask(Client(), "Text")
    assert (signed_out.status_code, signed_out["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_preview_needs_a_csrf_token():
    """Red when the view is exempt."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff("ed"))
    assert ask(client, "Text").status_code == 403
    client.get("/admin/knowledge/article/add/")
    assert ask(client, "Text", **{"X-CSRFToken": client.cookies["csrftoken"].value}).status_code == 200


@pytest.mark.parametrize(
    "sent", ["", "no JSON", "[]", "{}", '{"body": 1}', '{"body": "\\ud800"}', '{"body": "\\u0000"}']
)
def test_what_is_no_text_is_refused(sent):
    """Red when `storable` is not asked, and when the kind of `body` is not looked at."""
    response = browser("ed").post(PREVIEW, sent, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["detail"]
    assert browser("ed").get(PREVIEW).status_code == 405


def test_a_text_too_long_for_a_preview_is_named(monkeypatch):
    """Red when the length is not looked at."""
    monkeypatch.setattr(admin_preview, "MAX_CHARACTERS", 10)
    assert ask(browser("ed"), "x" * 10).status_code == 200
    refused = ask(browser("ed"), "x" * 11)
    assert (refused.status_code, "no preview" in refused.json()["detail"]) == (413, True)
