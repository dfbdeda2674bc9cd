"""Signing in with a second factor: a password alone opens nothing once there is one."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse

from config.common import clock
from config.common.audit.models import Entry
from config.common.ratelimit import Policy
from config.common.rates import Rate
from support import console, signin, signin_steps, staff_sessions
from support.second_factor import changes
from tests.signing_in.cast import (
    CODE,
    OWN,
    PAGE,
    PASSWORD,
    code,
    first_step,
    is_in,
    last,
    member,
    signed_in,
    with_app,
    wrong_code,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def limits(monkeypatch, request):
    """So many wrong codes per account, counted for this test alone."""
    name = f"{request.node.name}-{time.monotonic_ns()}"
    monkeypatch.setattr(signin, "CODES", Policy(name, Rate(3, 3600), fail_open=False))


def test_a_code_of_the_app_signs_in(client, alice):
    """And is named in the entry. Red when finish does not mark the session: it would end at the next request."""
    assert first_step(client, where="/admin/auth/user/")["Location"] == CODE
    assert client.post(CODE, {"code": f" {code()[:3]} {code()[3:]} "})["Location"] == "/admin/auth/user/"
    assert is_in(client)
    entry = last("staff.signed_in")
    assert (entry.actor_id, entry.details) == (str(alice.pk), {"factor": "totp"})


ROUTES = ["/admin/", "/admin/password_change/", "/admin/auth/user/", "/admin/support/conversation/", OWN]


@pytest.mark.parametrize("route", ROUTES)
def test_between_the_steps_nobody_is_signed_in(client, alice, route):
    """Red when proceed signs in whoever has a second factor."""
    first_step(client)
    assert "_auth_user_id" not in client.session
    assert client.get(route)["Location"].startswith(PAGE)
    assert console.staff_of(str(client.session.session_key)) is None


def test_whoever_has_not_taken_the_first_step_has_no_second(client, alice):
    assert client.get(CODE)["Location"] == PAGE
    assert client.post(CODE, {"code": code()})["Location"] == PAGE
    assert not is_in(client)


@pytest.mark.parametrize("typed", ["", "wrong", "١٢٣٤٥٦", "\x00", "1" * 10_000])
def test_a_wrong_code_is_refused_and_leaves_an_entry(client, alice, typed):
    """Red when _wrong does not record."""
    first_step(client)
    page = client.post(CODE, {"code": wrong_code() if typed == "wrong" else typed})
    assert page.status_code == 200
    assert "This was not right" in page.content.decode()
    entry = last("staff.sign_in_failed")
    assert (entry.actor_kind, entry.object_id, entry.details) == ("nobody", str(alice.pk), {"step": 2})
    assert not is_in(client)


def test_a_code_is_good_for_one_time(client, alice):
    """In whatever process. Red when accept does not compare with the last step."""
    assert signed_in(client).status_code == 302
    elsewhere = Client()
    assert signed_in(elsewhere).status_code == 200
    assert not is_in(elsewhere)


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(client, steps, is_right):
    """Red when step_of looks one step further, or one less."""
    changes.add_app(member(), SECRET_OF_LONG_AGO, code(SECRET_OF_LONG_AGO), is_first=True)
    Authenticator.objects.filter(type="totp").update(data={"secret": _stored(), "last_step": 0})
    first_step(client)
    assert (client.post(CODE, {"code": code(SECRET_OF_LONG_AGO, steps)}).status_code == 302) is is_right


SECRET_OF_LONG_AGO = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # pragma: allowlist secret


def _stored():
    return Authenticator.objects.get(type="totp").data["secret"]


def test_a_recovery_code_stands_in_once(client, alice):
    """With or without its gap. Red when codes that were used are taken again."""
    one = alice.recovery[0]
    first_step(client)
    assert client.post(CODE, {"code": f"{one[:4]} {one[4:]}"}).status_code == 302
    assert is_in(client)
    assert last("staff.signed_in").details == {"factor": "recovery_codes"}
    elsewhere = Client()
    first_step(elsewhere)
    assert elsewhere.post(CODE, {"code": one}).status_code == 200


def test_so_many_wrong_codes_for_an_account(client, alice, limits):
    """From whatever address, and a right one is not looked at then. Red when post does not ask CODES."""
    for number in range(3):
        first_step(client)
        assert client.post(CODE, {"code": wrong_code()}, REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
    refused = client.post(CODE, {"code": code()})
    assert refused.status_code == 429
    assert 1100 < int(refused["Retry-After"]) <= 1200
    assert f"Try again in {refused['Retry-After']} seconds" in refused.content.decode()
    assert not is_in(client)


def test_codes_count_against_the_address_too(client, alice, monkeypatch, request):
    """Red when post does not ask ADDRESSES."""
    first_step(client)
    name = f"{request.node.name}-{time.monotonic_ns()}"
    monkeypatch.setattr(signin, "ADDRESSES", Policy(name, Rate(1, 3600), fail_open=False))
    assert client.post(CODE, {"code": wrong_code()}).status_code == 200
    assert client.post(CODE, {"code": code()}).status_code == 429


def test_right_codes_do_not_count(client, alice, limits):
    """Red when post does not give the try back."""
    for one in alice.recovery[:5]:
        first_step(client)
        assert client.post(CODE, {"code": one}).status_code == 302
        client.post("/admin/logout/")


def test_no_code_is_looked_at_while_tries_cannot_be_counted(client, alice, away_after):
    """Red when CODES fails open and ADDRESSES is not asked."""
    first_step(client)
    with away_after():
        refused = client.post(CODE, {"code": code()})
    assert refused.status_code == 503
    assert "Nobody can sign in just now" in refused.content.decode()


def test_the_first_step_is_good_for_a_while(client, alice, monkeypatch):
    """Red when waiting does not look at the time."""
    first_step(client)
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now + signin_steps.STEP_SECONDS - 1)
    assert client.get(CODE).status_code == 200
    monkeypatch.setattr(clock, "timestamp", lambda: now + signin_steps.STEP_SECONDS)
    assert client.get(CODE)["Location"] == PAGE
    assert client.post(CODE, {"code": code()})["Location"] == PAGE


@pytest.mark.parametrize("change", ["password", "is_active", "is_staff"])
def test_and_as_long_as_the_account_stays_what_it_was(client, alice, change):
    """Red when waiting does not compare the proof, or takes any user."""
    first_step(client)
    if change == "password":
        alice.set_password("another-long-enough-phrase")
        alice.save()
    else:
        User.objects.filter(pk=alice.pk).update(**{change: False})
    assert client.post(CODE, {"code": code()})["Location"] == PAGE


def test_a_session_from_before_there_was_a_second_factor_ends(client):
    """Whoever knows the password may have one. Red when is_over does not ask the rule."""
    alice = member()
    first_step(client)
    assert is_in(client)
    key = str(client.session.session_key)
    with_app(alice)
    assert console.staff_of(key) is None
    assert client.get("/admin/")["Location"].startswith(PAGE)


def test_what_a_lost_key_opened_ends_when_it_is_removed(client, alice):
    """Red when any mark is enough."""
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Blue", "credential": {}})
    signed_in(client)
    assert is_in(client)
    changes.remove(alice, Authenticator.objects.get(user=alice, type="totp"))
    assert not is_in(client)


def test_a_new_password_does_not_open_the_door(client, alice):
    """Nor does one that an administrator has set. Red when proceed signs in whoever has a second factor."""
    signed_in(client)
    new = "another-long-enough-phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", form).status_code == 302
    assert is_in(client), "whoever changed it stays signed in"
    elsewhere = Client()
    elsewhere.post(PAGE, {"username": "alice", "password": new, "next": "/admin/"})
    assert not is_in(elsewhere)


def test_signing_in_forgets_who_was_signed_in_before(client, alice):
    """Red when proceed keeps the session: the other's would go on between the steps."""
    member("bob")
    first_step(client, "bob")
    assert is_in(client)
    first_step(client)
    assert not is_in(client)


ALLAUTH = ["account_login", "account_signup", "account_email", "account_reset_password", "account_reauthenticate"]
ALLAUTH += ["account_logout", "account_change_password", "account_confirm_email", "mfa_index", "mfa_authenticate"]
ALLAUTH += ["mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_add_webauthn", "mfa_trust"]
ALLAUTH += ["socialaccount_login", "socialaccount_signup", "socialaccount_connections", "openid_connect_login"]


def test_none_of_allauths_own_pages_is_reachable():
    """Red when config.urls includes allauth.urls or allauth.mfa.urls."""
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert not names.intersection(ALLAUTH)
    assert reverse("second_factor") == OWN


PATHS = ["accounts/", "accounts/login/", "accounts/signup/", "accounts/2fa/", "accounts/social/connections/"]
PATHS += ["admin/account/emailaddress/", "admin/mfa/authenticator/", "admin/mfa/authenticator/add/"]


@pytest.mark.parametrize("path", PATHS)
def test_nor_are_its_paths_and_tables_in_the_console(client, alice, path):
    """Not for an administrator either: secrets are in these tables. Red when people does not unregister Authenticator."""
    signed_in(client)
    assert client.get(f"/{path}").status_code == 404


def test_secrets_are_stored_encrypted(alice):
    """Red when MFA_ADAPTER is not set."""
    for row in Authenticator.objects.filter(user=alice):
        secret = row.data.get("secret") or row.data["seed"]
        assert secret.startswith("gAAAA")


def test_fresh_is_who_has_signed_in_just_now(client, alice, monkeypatch):
    """Red when is_fresh does not look at the time."""
    signed_in(client)
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now + staff_sessions.FRESH_SECONDS - 5)
    assert client.get(f"{OWN}codes/").status_code == 200
    monkeypatch.setattr(clock, "timestamp", lambda: now + staff_sessions.FRESH_SECONDS + 5)
    assert client.get(f"{OWN}codes/")["Location"] == OWN
    assert client.post(f"{OWN}codes/")["Location"] == OWN
    assert "sign in again" in client.get(OWN).content.decode()
    assert client.post(f"{OWN}again/")["Location"] == f"{PAGE}?next={OWN}"
    assert Entry.objects.latest("pk").action == "staff.signed_out"
    assert not is_in(client)
