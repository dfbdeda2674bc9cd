"""Staff sign in: how often they may try, what they are told, and how long it lasts."""

import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, identify_hasher, make_password
from django.contrib.auth.models import User
from django.test import Client

from config.common import clock
from config.common.audit.models import Entry
from config.common.ratelimit import Policy
from config.common.rates import Rate
from support import console, signin

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-phrase"
PAGE = "/admin/login/"


@pytest.fixture
def alice():
    return User.objects.create_user("alice", password=PASSWORD, is_staff=True, is_superuser=True)


@pytest.fixture
def limits(monkeypatch, request):
    """So many tries per address and per name, counted for this test alone."""

    def set_to(addresses: int, names: int) -> None:
        for name, count in (("ADDRESSES", addresses), ("NAMES", names)):
            policy = Policy(f"{request.node.name}-{time.monotonic_ns()}", Rate(count, 3600), fail_open=False)
            monkeypatch.setattr(signin, name, policy)

    return set_to


def try_in(client: Client, username: str = "alice", password: str = PASSWORD, **extra):
    return client.post(PAGE, {"username": username, "password": password, "next": "/admin/"}, **extra)


def last() -> Entry:
    return Entry.objects.latest("pk")


def test_signing_in_and_out_leaves_entries(client, alice):
    """Red when form_valid, or sign_out, does not record."""
    assert try_in(client)["Location"] == "/admin/"
    assert (last().action, last().actor_id, last().address) == ("staff.signed_in", str(alice.pk), "127.0.0.1")
    assert client.get(PAGE)["Location"] == "/admin/"
    assert client.post("/admin/logout/").status_code == 200
    assert (last().action, last().actor_id) == ("staff.signed_out", str(alice.pk))
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_failed_try_leaves_an_entry_without_the_name(client, alice, username):
    """People type passwords into the wrong field. Red when form_invalid keeps the name."""
    assert try_in(client, username, "wrong").status_code == 200
    entry = last()
    assert (entry.actor_kind, entry.action, entry.details) == ("nobody", "staff.sign_in_failed", {})
    assert entry.object_id == (str(alice.pk) if username == "alice" else "")


def _answer(client, username, password):
    page = try_in(client, username, password)
    token = page.context["csrf_token"]
    return page.status_code, page.content.decode().replace(str(token), "").replace(f'value="{username}"', "")


def test_the_answer_does_not_tell_whether_there_is_such_an_account(alice):
    """The same for a wrong password, an unknown name, a customer's account and a deactivated one."""
    User.objects.create_user("carl", password=PASSWORD)
    User.objects.create_user("dora", password=PASSWORD, is_staff=True, is_active=False)
    cases = [("alice", "wrong"), ("nobody", "wrong"), ("carl", PASSWORD), ("dora", PASSWORD)]
    assert len({_answer(Client(), *case) for case in cases}) == 1


@pytest.fixture
def costly(monkeypatch):
    """Passwords that take as long as they do elsewhere."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 2)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 102_400)


def test_nor_does_the_time_it_takes(costly, client, alice):
    """Red when unknown names are refused before a password is hashed."""

    def fastest(username: str) -> float:
        taken = []
        for _ in range(3):
            started = time.perf_counter()
            try_in(client, username, "wrong")
            taken.append(time.perf_counter() - started)
        return min(taken)

    assert 0.5 < fastest("nobody") / fastest("alice") < 2


def test_so_many_tries_for_an_address(client, alice, limits):
    """Whatever the names. Red when post does not ask ADDRESSES."""
    limits(3, 100)
    for number in range(3):
        assert try_in(client, f"name{number}", "wrong").status_code == 200
    refused = try_in(client)
    assert refused.status_code == 429
    assert 1100 < int(refused["Retry-After"]) <= 1200
    assert f"Try again in {refused['Retry-After']} seconds" in refused.content.decode()
    assert "_auth_user_id" not in client.session


def test_so_many_tries_for_a_name_from_whatever_address(client, alice, limits):
    """However it is spelled, and whether or not there is such an account. Red when post does not ask NAMES."""
    limits(100, 2)
    for username in ("alice", "nobody"):
        for spelling, address in ((username, "192.0.2.1"), (f" {username.upper()} ", "192.0.2.2")):
            assert try_in(client, spelling, "wrong", REMOTE_ADDR=address).status_code == 200
        assert try_in(client, username, REMOTE_ADDR="192.0.2.3").status_code == 429


def test_signing_in_often_is_no_trouble(client, alice, limits):
    """Red when form_valid does not give the try back."""
    limits(100, 2)
    for _ in range(4):
        assert try_in(client).status_code == 302
        client.post("/admin/logout/")


def test_nobody_signs_in_while_tries_cannot_be_counted(client, alice, away_after):
    """And whoever is signed in stays so. Red when the policies fail open."""
    with away_after():
        refused = try_in(client)
        client.force_login(alice)
        assert client.get("/admin/").status_code == 200
    assert refused.status_code == 503
    assert "Nobody can sign in just now" in refused.content.decode()


def test_an_old_hash_is_renewed(client, alice):
    """Red when Argon2 is not the first of PASSWORD_HASHERS."""
    User.objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    assert try_in(client).status_code == 302
    alice.refresh_from_db()
    assert identify_hasher(alice.password).algorithm == "argon2"


def test_a_new_password_ends_all_other_sessions(client, alice):
    """Pages and the live console. Red when sessions do not carry a hash of the password."""
    here, elsewhere = client, Client()
    try_in(here)
    try_in(elsewhere)
    new = "another-long-enough-phrase"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert console.staff_of(str(elsewhere.session.session_key)) is None
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302


@pytest.fixture
def later(monkeypatch):
    """Let so many seconds pass, by Redis' clock."""
    now = clock.timestamp()

    def pass_(seconds: float) -> None:
        monkeypatch.setattr(clock, "timestamp", lambda: now + seconds)

    return pass_


def test_a_session_ends_so_long_after_the_sign_in(client, alice, later, settings):
    """Pages and the live console. Red when is_over is not asked."""
    try_in(client)
    key = str(client.session.session_key)
    later(settings.STAFF_SESSION_SECONDS - 5)
    assert client.get("/admin/").status_code == 200
    assert console.staff_of(key).get_username() == "alice"
    later(settings.STAFF_SESSION_SECONDS + 1)
    assert console.staff_of(key) is None
    assert client.get("/admin/").status_code == 302


def test_a_session_that_is_used_is_kept_from_ending(client, alice, later, settings):
    """Red when tend never writes the session: it would end so long after the sign-in."""
    try_in(client)
    client.get("/admin/")  # the first request notes where it is used
    later(30)
    assert settings.SESSION_COOKIE_NAME not in client.get("/admin/").cookies
    later(61)
    renewed = client.get("/admin/").cookies[settings.SESSION_COOKIE_NAME]
    assert renewed["max-age"] == settings.SESSION_COOKIE_AGE == 8 * 3600


def test_a_session_from_before_there_were_limits_gets_one(client, alice):
    client.force_login(alice)
    client.get("/admin/")
    assert "signed_in_at" in client.session
