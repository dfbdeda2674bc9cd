"""Inboxes in the admin: mistakes are found when saving, and secrets shown to administrators alone."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import Permission
from jwt.algorithms import RSAAlgorithm

from config.common.networks import parse_networks
from sessions_app.models import Customer, Inbox
from tests.fakes.site import Page, Site
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

KEY = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
JWKS = json.dumps({"keys": [KEY]}).encode()
LIST = "/admin/sessions_app/inbox/"


@pytest.fixture
def inbox():
    return Inbox.objects.create(name="Acme", key="ib_acme")


def form(**changes):
    fields = {
        "name": "Acme",
        "is_active": "on",
        "allowed_sites": "https://acme.example",
        "accent_color": "#112233",
        "locale": "en",
        "reply_language": "customer",
        "welcome_text": "Hello!",
        "suggestions": "",
        "timezone": "Europe/Berlin",
        "tags": "",
    }
    return fields | changes


def save(inbox, **changes):
    return browser("rita").post(f"{LIST}{inbox.pk}/change/", form(**changes))


def errors(response):
    return response.context["adminform"].form.errors


def test_a_saved_inbox_keeps_key_and_secret_and_gets_tidy_lists(inbox):
    response = save(
        inbox,
        allowed_sites="HTTPS://Acme.example/ , https://acme.example\r\nhttp://localhost:3000\r\n\r\n",
        suggestions="Hello, how are you?\r\n\r\nWhat does it cost?",
        tags="acme,pro",
        opening_hours_mon="9:00-12:00",
    )
    assert response.status_code == 302
    saved = Inbox.objects.get(pk=inbox.pk)
    assert saved.allowed_sites == ["https://acme.example", "http://localhost:3000"]
    assert saved.suggestions == ["Hello, how are you?", "What does it cost?"]
    assert (saved.tags, saved.opening_hours) == (["acme", "pro"], {"mon": [["09:00", "12:00"]]})
    assert (saved.timezone, saved.accent_color) == ("Europe/Berlin", "#112233")
    assert (saved.key, saved.identity_secret) == ("ib_acme", inbox.identity_secret)


def test_a_new_inbox_begins_with_the_defaults():
    """Red when a field of the form does without its `initial`: browsers would show the first timezone and black."""
    shown = browser("rita").get(f"{LIST}add/").context["adminform"].form
    assert [shown[name].value() for name in ("timezone", "accent_color", "locale")] == ["UTC", "#0f5c4c", "en"]


@pytest.mark.parametrize("locale", ["en", "de-AT", "pt_BR", "it"])
def test_a_language_is_kept_as_it_is_written(inbox, locale):
    assert save(inbox, locale=locale).status_code == 302
    assert Inbox.objects.get(pk=inbox.pk).locale == locale


@pytest.mark.parametrize("locale", ["English", "xx", "e n"])
def test_what_is_no_language_is_named(inbox, locale):
    """Red without `clean_locale`: the chat would speak English, and nobody would know why."""
    assert f"“{locale}” is no language code" in errors(save(inbox, locale=locale))["locale"][0]


def test_a_bad_site_is_named(inbox):
    refused = save(inbox, allowed_sites="https://good.example\nwww.bad.example\nhttps://fine.example")
    assert "“www.bad.example” is not a site" in errors(refused)["allowed_sites"][0]
    assert Inbox.objects.get(pk=inbox.pk).allowed_sites == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowed_sites", "https://a.example/shop"),
        ("allowed_sites", "*"),
        ("allowed_sites", "javascript:alert(1)"),
        ("timezone", "Europe/Atlantis"),
        ("timezone", "../etc/passwd"),
        ("accent_color", "red"),
        ("accent_color", "#12345"),
        ("suggestions", "x" * 121),
        ("name", ""),
    ],
)
def test_a_bad_field_is_refused(inbox, field, value):
    assert list(errors(save(inbox, **{field: value}))) == [field]


def test_a_new_inbox_gets_its_key_and_secret():
    browser("rita").post(f"{LIST}add/", form(name="New"))
    inbox = Inbox.objects.get(name="New")
    assert inbox.key.startswith("ib_")
    assert len(inbox.identity_secret) > 40


def test_the_snippet_is_ready_to_copy(inbox):
    html = browser("rita").get(f"{LIST}{inbox.pk}/change/").content.decode()
    assert '&lt;script async src="http://testserver/widget.js" data-inbox="ib_acme"&gt;&lt;/script&gt;' in html


def test_the_identity_secret_is_for_administrators(inbox):
    editor = staff("ines")
    editor.user_permissions.add(*Permission.objects.filter(codename__in=["view_inbox", "change_inbox"]))
    assert inbox.identity_secret in browser("rita").get(f"{LIST}{inbox.pk}/change/").content.decode()
    for name in ("ines", "alice"):
        page = browser(name).get(f"{LIST}{inbox.pk}/change/")
        assert page.status_code == 200
        assert inbox.identity_secret not in page.content.decode()


def test_a_new_secret_is_made_by_administrators_only(inbox):
    editor = staff("ines")
    editor.user_permissions.add(*Permission.objects.filter(codename__in=["view_inbox", "change_inbox"]))
    renew = {"action": "renew_identity_secret", "_selected_action": [str(inbox.pk)]}
    browser("ines").post(LIST, renew)
    assert Inbox.objects.get(pk=inbox.pk).identity_secret == inbox.identity_secret
    browser("rita").post(LIST, renew)
    assert Inbox.objects.get(pk=inbox.pk).identity_secret != inbox.identity_secret


def test_customers_are_read_only(inbox):
    customer = Customer.objects.create(inbox=inbox, name="<b>Carla</b>", metadata={"x": "<script>"})
    page = browser("alice").get(f"/admin/sessions_app/customer/{customer.pk}/change/")
    assert page.status_code == 200
    assert "<b>Carla" not in page.content.decode()
    rita = browser("rita")
    assert rita.post(f"/admin/sessions_app/customer/{customer.pk}/change/", {"name": "Other"}).status_code == 403
    assert rita.get("/admin/sessions_app/customer/add/").status_code == 403
    assert rita.get(f"/admin/sessions_app/customer/{customer.pk}/delete/").status_code == 403


def test_keys_of_a_provider_are_tried(inbox, settings):
    """Red when clean_identity_keys_url does not load them."""
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])
    with Site() as provider:
        provider.pages["/jwks"] = Page(b"{}")
        url = f"{provider.url}/jwks"
        assert "not a JSON Web Key Set" in str(errors(save(inbox, identity_keys_url=url))["identity_keys_url"])
        provider.pages["/jwks"] = Page(JWKS)
        assert save(inbox, identity_keys_url=url, identity_audience="support").status_code == 302
    saved = Inbox.objects.get(pk=inbox.pk)
    assert (saved.identity_keys_url, saved.identity_audience) == (url, "support")
    assert save(inbox, identity_keys_url=url, name="Acme again").status_code == 302, "a provider that is away now"


def test_the_language_of_replies_is_a_choice(inbox):
    """Red when the form has no such field."""
    save(inbox, reply_language="inbox")
    inbox.refresh_from_db()
    assert inbox.reply_language == Inbox.ReplyLanguage.INBOX
    assert "reply_language" in errors(save(inbox, reply_language="klingon"))
