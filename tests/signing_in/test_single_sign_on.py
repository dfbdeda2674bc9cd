"""Single sign-on: who comes back from the identity provider with its word is let in, and nobody else."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import checks
from config import environment as module
from config.common import clock
from config.common.audit.models import Entry
from config.common.ratelimit import Policy
from config.common.rates import Rate
from support import signin
from tests.fakes.identityprovider import CLIENT, SECRET, other_key
from tests.signing_in.cast import (
    BEGIN,
    CODE,
    OWN,
    PAGE,
    PASSWORD,
    REFUSED,
    back,
    code,
    first_step,
    is_in,
    last,
    member,
    sent,
    with_app,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_whose_address_it_is_gets_in(client, anna, provider, method):
    """Where she wanted to go, with an entry. Red when the verifier is not sent along, or another redirect_uri."""
    provider.methods = [method]
    assert (
        f'href="{BEGIN}?next=%2Fadmin%2Fauth%2Fuser%2F"'
        in client.get(f"{PAGE}?next=/admin/auth/user/").content.decode()
    )
    page = client.get(provider.grant(sent(client, "/admin/auth/user/")))
    assert page["Location"] == "/admin/auth/user/"
    assert is_in(client)
    assert last("staff.signed_in").actor_id == str(anna.pk)
    assert "/userinfo" not in provider.requests


NOT_GOOD: dict[str, dict] = {
    "issuer": {"iss": "https://evil.example.com"},
    "no-issuer": {"iss": None},
    "audience": {"aud": "shop"},
    "no-audience": {"aud": None},
    "for-another": {"aud": [CLIENT, "shop"], "azp": "shop"},
    "nonce": {"nonce": "another"},
    "no-nonce": {"nonce": None},
    "expired": {"exp": 1_600_000_000},
    "no-expiry": {"exp": None},
    "expiry-is-a-word": {"exp": "soon"},
    "expiry-is-a-list": {"exp": [1]},
    "no-subject": {"sub": None},
    "unverified": {"email_verified": False},
    "not-said-to-be-verified": {"email_verified": None},
    "verified-by-a-word": {"email_verified": "no"},
    "unknown": {"email": "bob@example.com"},
    "no-address": {"email": ""},
    "address-is-a-number": {"email": 7},
    "address-is-a-list": {"email": ["alice@example.com"]},
    "nul": {"email": "alice@example.com\x00"},
    "long": {"email": "a" * 200 + "@example.com"},
    "looks-alike": {"email": "al\u0131ce@example.com"},
}


@pytest.mark.parametrize("flaw", NOT_GOOD)
def test_a_word_that_is_not_good(client, anna, provider, flaw):
    """The same answer for all of them, and an entry. Red when tokens or accounts leave the check out."""
    assert back(client, provider, **NOT_GOOD[flaw]) == REFUSED
    assert not is_in(client)
    entry = Entry.objects.latest("pk")
    assert (entry.actor_kind, entry.action, entry.object_id) == ("nobody", "staff.sign_in_failed", "")
    assert entry.details == {"provider": True}
    assert "did not work" in client.get(REFUSED).content.decode()


@pytest.mark.parametrize("signing", ["other-key", "shared-secret", "none"])
def test_a_token_that_somebody_else_signed(client, anna, provider, signing):
    """Red when the signature is not verified. That HS256 is none of ALGORITHMS is a second wall: keys say what they are for."""
    provider.signing = {
        "other-key": (other_key(), "RS256"),
        "shared-secret": (SECRET * 2, "HS256"),
        "none": (None, "none"),
    }[signing]
    assert back(client, provider) == REFUSED
    assert not is_in(client)


def test_who_was_not_sent_there(client, anna, provider):
    """Somebody else's return in one's own browser would sign one in as them. Red when the state is not asked for."""
    foreign = provider.grant(sent(Client()))
    assert client.get(foreign)["Location"] == REFUSED
    assert client.get(f"{BEGIN}callback/?code=x&state=y")["Location"] == REFUSED
    assert client.get(f"{BEGIN}callback/")["Location"] == REFUSED
    assert "/token" not in provider.requests
    assert not is_in(client)


def test_a_return_is_good_for_one_time(client, anna, provider):
    address = provider.grant(sent(client))
    assert client.get(address)["Location"] == "/admin/"
    client.post("/admin/logout/")
    assert client.get(address)["Location"] == REFUSED


def test_who_says_no_is_not_let_in(client, anna, provider):
    state = provider.grant(sent(client)).split("state=")[1]
    assert client.get(f"{BEGIN}callback/?error=access_denied&state={state}")["Location"] == REFUSED


@pytest.mark.parametrize("field", ["is_active", "is_staff"])
def test_a_locked_account_stays_locked(client, anna, provider, settings, field):
    """Nor is a second one made. Red when find_or_make does not look, or looks among active ones alone."""
    settings.OIDC_CREATE_STAFF = True
    User.objects.filter(pk=anna.pk).update(**{field: False})
    assert back(client, provider) == REFUSED
    assert User.objects.count() == 1


def test_an_address_of_two_is_nobodys(client, anna, provider):
    member("alina", email="alice@example.com")
    assert back(client, provider) == REFUSED


def test_a_second_factor_is_asked_for_as_ever(client, anna, provider):
    """Red when callback signs in by itself."""
    with_app(anna)
    assert back(client, provider) == CODE
    assert not is_in(client)
    assert client.post(CODE, {"code": code()})["Location"] == "/admin/"
    assert is_in(client)


def test_and_set_up_where_it_is_required(client, anna, provider, settings):
    settings.STAFF_MFA_REQUIRED = True
    assert back(client, provider) == OWN
    assert not is_in(client)


def test_what_the_token_leaves_out_is_asked_for(client, anna, provider):
    """Of the same person alone. Red when completed does not compare."""
    provider.info = {"sub": "u1", "email": "alice@example.com", "email_verified": True}
    assert back(client, provider, email=None, email_verified=None) == "/admin/"
    provider.info["sub"] = "u2"
    assert back(Client(), provider) == REFUSED


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", 500),
        ("/.well-known/openid-configuration", b"<html>"),
        ("/.well-known/openid-configuration", []),
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example.com"}),
        ("/token", 500),
        ("/token", {"access_token": "x"}),
        ("/token", {"access_token": "x", "id_token": 7}),
        ("/jwks", 500),
        ("/jwks", {"keys": 7}),
        ("/jwks", {"keys": []}),
        ("/jwks", {"keys": [7]}),
        ("/jwks", {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}),
    ],
    ids=[
        *("down", "html", "list", "other-issuer", "token-down", "no-token"),
        *("number", "keys-down", "no-set", "no-keys", "no-key", "shared-key"),
    ],
)
def test_a_provider_that_is_broken(client, anna, provider, path, answer):
    """Red when came_back or _get lets an error pass: the answer would be 500."""
    if path == "/.well-known/openid-configuration":
        provider.broken[path] = answer
        assert sent(client) == REFUSED
    else:
        address = provider.grant(sent(client))
        provider.broken[path] = answer
        assert client.get(address)["Location"] == REFUSED
    assert not is_in(client)


def test_a_provider_that_is_away(client, anna, provider, settings, unused_tcp_port):
    settings.OIDC_ISSUER = f"http://127.0.0.1:{unused_tcp_port}"
    assert sent(client) == REFUSED


def test_a_little_late_is_fine(client, anna, provider, monkeypatch):
    """By Redis' clock. Red when there is no leeway, or more."""
    now = clock.timestamp()
    assert back(client, provider, exp=now - 29) == "/admin/"
    assert back(Client(), provider, exp=now - 30) == REFUSED


@pytest.mark.parametrize("where", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)", ""])
def test_one_is_led_nowhere_else(client, anna, provider, where):
    """Red when begin takes any address."""
    assert client.get(provider.grant(sent(client, where)))["Location"] == "/admin/"


def test_unknown_people_get_an_account_where_that_is_wanted(client, provider, settings):
    """In the group of those who answer customers, and no more. Red when _make adds no group, or another one."""
    settings.OIDC_CREATE_STAFF = True
    names = {"given_name": "Nora", "family_name": "New"}
    assert back(client, provider, email="Nora@example.com", **names) == "/admin/"
    nora = User.objects.get()
    assert (nora.username, nora.email, nora.get_full_name()) == ("nora@example.com", "Nora@example.com", "Nora New")
    assert (nora.is_staff, nora.is_superuser, nora.has_usable_password()) == (True, False, False)
    assert [group.name for group in nora.groups.all()] == ["Support agents"]
    assert last("setting.added").object_id == str(nora.pk)
    assert client.get("/admin/support/conversation/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == 403
    assert back(Client(), provider) == "/admin/", "the next time as well"
    assert User.objects.count() == 1


def test_nobodys_name_is_taken_over(client, provider, settings):
    """An account of that name, with another address. Red when _make takes what is there."""
    settings.OIDC_CREATE_STAFF = True
    member("alice@example.com", is_superuser=True)
    assert back(client, provider) == REFUSED


def test_an_address_has_so_many_tries(client, provider, monkeypatch, request):
    """Red when _refusal does not ask ADDRESSES."""
    monkeypatch.setattr(signin, "ADDRESSES", Policy(request.node.name, Rate(1, 3600), fail_open=False))
    assert client.get(BEGIN).status_code == 302
    assert client.get(BEGIN).status_code == 429
    refused = client.get(f"{BEGIN}callback/")
    assert refused.status_code == 429
    assert "Too many tries" in refused.content.decode()


def test_without_a_provider_there_are_no_such_pages(client):
    """Red when _refusal does not look."""
    assert client.get(BEGIN).status_code == 404
    assert client.get(f"{BEGIN}callback/").status_code == 404
    assert "Sign in with" not in client.get(PAGE).content.decode()


def test_passwords_may_be_turned_off(client, anna, provider, settings):
    """Red when post does not look at the setting."""
    settings.STAFF_PASSWORD_SIGN_IN = False
    page = client.get(PAGE).content.decode()
    assert "Sign in with Acme" in page
    assert "id_password" not in page
    assert first_step(client, "anna").status_code == 403
    assert not is_in(client)
    assert PASSWORD not in page
    assert back(client, provider) == "/admin/"


@pytest.mark.parametrize(
    ("changed", "ids"),
    [
        ({}, []),
        ({"OIDC_ISSUER": "", "STAFF_PASSWORD_SIGN_IN": True}, []),
        ({"OIDC_ISSUER": ""}, ["replywell.E009"]),
        ({"OIDC_CLIENT_ID": ""}, ["replywell.E010"]),
        ({"OIDC_CLIENT_SECRET": ""}, ["replywell.E010"]),
        ({"OIDC_ISSUER": "http://login.example.com"}, ["replywell.E011"]),
        ({"OIDC_ISSUER": "http://login.example.com", "DEVELOPMENT": True}, []),
        ({"OIDC_ISSUER": "login.example.com"}, ["replywell.E011"]),
        ({"OIDC_ISSUER": "https:///realms/staff"}, ["replywell.E011"]),
    ],
    ids=["sound", "none", "no-way-in", "no-id", "no-secret", "plain", "plain-here", "no-address", "no-host"],
)
def test_what_must_not_go_live(settings, changed, ids):
    """Red when a condition of the check is left out, or turned round."""
    settings.STAFF_PASSWORD_SIGN_IN, settings.DEVELOPMENT = False, False
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "https://login.example.com", "a", "b"
    for name, value in changed.items():
        setattr(settings, name, value)
    assert [problem.id for problem in checks.sign_in()] == ids


def test_a_mistyped_switch_does_not_leave_the_door_open(monkeypatch):
    """Red when the switches are read as whatever is not true."""
    monkeypatch.setenv("STAFF_MFA_REQUIRED", "ture")
    with pytest.raises(ImproperlyConfigured, match="STAFF_MFA_REQUIRED='ture': choose one of false, true"):
        module.env_choice("STAFF_MFA_REQUIRED", "false", {"true", "false"})
