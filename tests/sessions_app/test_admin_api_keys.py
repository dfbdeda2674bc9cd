"""API keys in the admin: shown once, never again; revoked at once."""

import re

import pytest
from django.db.models.functions import Now
from django.test import Client

from sessions_app.models import ApiKey, Inbox
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

LIST = "/admin/sessions_app/apikey/"


def issue(client, **fields):
    return client.post(f"{LIST}add/", {"name": "CRM", "scopes": ["conversations:read"], **fields})


def key_in(response):
    return re.search(r"rw_[0-9a-f]{8}\.[\w-]{40,}", response.content.decode())


def works(key):
    return Client().get("/api/v1/conversations", headers={"Authorization": f"Api-Key {key}"}).status_code == 200


def test_a_new_key_is_shown_once_and_works():
    inbox = Inbox.objects.create(name="Acme")
    rita = browser("rita")
    response = issue(rita, inboxes=[str(inbox.pk)])
    key = key_in(response).group()
    assert works(key)
    assert "no-store" in response["Cache-Control"]
    row = ApiKey.objects.get()
    assert (row.name, row.scopes, list(row.inboxes.all())) == ("CRM", ["conversations:read"], [inbox])
    for page in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", "/admin/"):
        shown = rita.get(page)
        assert shown.status_code == 200
        assert key_in(shown) is None
        assert row.digest not in shown.content.decode()
    assert not any(key in morsel.value for morsel in rita.cookies.values())


@pytest.mark.parametrize("fields", [{"scopes": []}, {"scopes": ["everything"]}, {"name": ""}])
def test_a_key_without_name_or_known_scope_is_not_made(fields):
    response = issue(browser("rita"), **fields)
    assert (response.status_code, key_in(response)) == (200, None)
    assert not ApiKey.objects.exists()


def test_a_revoked_key_stops_working_and_stays_revoked():
    rita = browser("rita")
    key = key_in(issue(rita)).group()
    row = ApiKey.objects.get()
    rita.post(LIST, {"action": "revoke", "_selected_action": [str(row.pk)]})
    assert not works(key)
    revoked_at = ApiKey.objects.get().revoked_at
    rita.post(LIST, {"action": "revoke", "_selected_action": [str(row.pk)]})
    assert ApiKey.objects.get().revoked_at == revoked_at


def test_a_key_is_never_changed_or_deleted():
    rita = browser("rita")
    issue(rita)
    row = ApiKey.objects.get()
    rita.post(f"{LIST}{row.pk}/change/", {"name": "Other", "scopes": ["knowledge:write"]})
    row.refresh_from_db()
    assert (row.name, row.scopes) == ("CRM", ["conversations:read"])
    assert rita.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["alice", "ed"])
def test_keys_are_for_administrators(name):
    client = browser(name)
    assert client.get(LIST).status_code == 403
    assert issue(client).status_code == 403
    assert not ApiKey.objects.exists()


def test_a_key_for_some_days():
    rita = browser("rita")
    key = key_in(issue(rita, days="30")).group()
    assert works(key)
    assert "Active" in rita.get(LIST).content.decode()
    ApiKey.objects.update(expires_at=Now())
    assert not works(key)
    assert "Expired" in rita.get(LIST).content.decode()


def test_days_that_are_not_offered():
    assert key_in(issue(browser("rita"), days="31")) is None
