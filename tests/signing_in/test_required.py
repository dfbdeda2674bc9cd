"""STAFF_MFA_REQUIRED: whoever has no second factor sets one up, and reaches nothing else until then."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from config.common.audit.models import Entry
from config.common.errors import Conflict
from support import console
from support.second_factor import changes
from tests.signing_in.cast import CODE, OWN, PAGE, code, first_step, is_in, member, signed_in, with_app
from tests.signing_in.test_own_pages import APP, shown_codes, shown_secret

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_MFA_REQUIRED = True


def test_whoever_has_none_is_led_to_set_one_up(client):
    """And is in once it is there. Red when proceed signs in whoever has none."""
    member()
    assert first_step(client, where="/admin/auth/user/")["Location"] == OWN
    assert "A password alone is not enough here" in client.get(OWN).content.decode()
    page = client.get(APP)
    done = client.post(APP, {"code": code(shown_secret(page))})
    assert len(shown_codes(done)) == 10
    assert 'href="/admin/auth/user/"' in done.content.decode()
    assert is_in(client)
    assert Entry.objects.latest("pk").action == "staff.signed_in"


ROUTES = ["admin:index", "admin:password_change", "admin:auth_user_changelist", "second_factor_codes"]


@pytest.mark.parametrize("route", ROUTES)
def test_and_reaches_nothing_else_until_then(client, route):
    """Red when proceed signs in whoever has none, but for the last, which of_request alone lets in."""
    member(is_superuser=True)
    first_step(client)
    assert "_auth_user_id" not in client.session
    assert console.staff_of(str(client.session.session_key)) is None
    expected = 200 if route == "second_factor_codes" else 302
    assert client.get(reverse(route)).status_code == expected


def test_a_session_that_was_enough_before_is_not_any_more(client, settings):
    """Pages and the live console. Red when is_enough does not look at the setting."""
    settings.STAFF_MFA_REQUIRED = False
    alice = member(is_superuser=True)
    first_step(client)
    assert is_in(client)
    settings.STAFF_MFA_REQUIRED = True
    key = str(client.session.session_key)
    assert console.staff_of(key) is None
    assert not is_in(client)
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(alice)
    settings.STAFF_MFA_REQUIRED = True
    assert not is_in(client), "however it was begun"


def test_the_last_one_has_to_stay(client, alice):
    """Red when remove does not look at the setting."""
    signed_in(client)
    app = Authenticator.objects.get(type="totp")
    page = client.post(f"{OWN}remove/{app.pk}/")
    assert page.status_code == 409
    assert "Add another one before you remove this one" in page.content.decode()
    assert Authenticator.objects.filter(pk=app.pk).exists()
    assert is_in(client)


def test_who_has_one_is_asked_for_it_as_ever(client, alice):
    assert first_step(client)["Location"] == CODE
    assert client.get(OWN)["Location"].startswith(PAGE), "setting another one up is no way around it"
    assert client.get(APP)["Location"].startswith(PAGE)
    assert client.post(APP, {"code": code()})["Location"].startswith(PAGE)


def test_two_who_know_the_password_do_not_both_get_in(client):
    """Whoever sets one up first has the account. Red when of_request takes whoever waits."""
    alice, second = member(), Client()
    for browser in (client, second):
        first_step(browser)
    secret = shown_secret(second.get(APP))
    with_app(alice)
    assert second.post(APP, {"code": code(secret)})["Location"].startswith(PAGE)
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_nor_at_the_same_moment():
    """Red when _lock does not look once more."""
    alice = member()
    with_app(alice)
    with pytest.raises(Conflict, match="by now"):
        changes.add_key(alice, "Blue", {}, is_first=True)
