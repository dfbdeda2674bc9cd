"""The pages on which staff manage their own second factor."""

import base64
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from config.common import crypto
from config.common.audit.models import Entry
from config.common.errors import Conflict
from support import console
from support.second_factor import adding, changes
from tests.signing_in.cast import CODE, OWN, PAGE, code, first_step, is_in, last, member, signed_in, wrong_code

pytestmark = pytest.mark.django_db

APP = f"{OWN}app/"


def shown_secret(page):
    return re.search(r'data-testid="secret"[^>]*>([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")


def shown_codes(page):
    listed = re.search(r'data-testid="recovery-codes">([\d\s]+)<', page.content.decode())[1]
    return listed.strip().split("\n")


def key_of(user, name="Blue"):
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {}})


@pytest.fixture
def bob(client):
    """He has signed in with a password alone."""
    user = member("bob")
    first_step(client, "bob")
    return user


def test_setting_up_an_app(client, bob):
    """From the picture to signing in with it. Red when added does not mark the session: he would be signed out."""
    page = client.get(APP)
    assert "data:image/svg+xml;base64," in page.content.decode()
    secret = shown_secret(page)
    assert shown_secret(client.get(APP)) == secret, "people reload"
    done = client.post(APP, {"code": code(secret)})
    assert done.status_code == 200
    assert done["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    recovery = shown_codes(done)
    assert len(set(recovery)) == 10
    assert is_in(client)
    assert last("staff.factor_added").details == {"kind": "totp"}
    elsewhere = Client()
    first_step(elsewhere, "bob")
    assert elsewhere.post(CODE, {"code": code(secret)}).status_code == 200, "the one it was set up with"
    assert elsewhere.post(CODE, {"code": code(secret, 1)}).status_code == 302


def test_the_picture_says_what_the_key_says(client, bob):
    """Red when the secret of the picture is not the one that is shown."""
    from allauth.mfa.adapter import get_adapter

    page = client.get(APP)
    wanted = get_adapter().build_totp_svg(f"otpauth://totp/bob?secret={shown_secret(page)}&issuer=Replywell")
    picture = re.search(r"base64,([A-Za-z0-9+/=]+)", page.content.decode())[1]
    assert base64.b64decode(picture).decode() == wanted


def test_a_wrong_code_sets_nothing_up(client, bob):
    """Red when add_app does not look at the code."""
    secret = shown_secret(client.get(APP))
    page = client.post(APP, {"code": wrong_code(secret)})
    assert page.status_code == 400
    assert "This code is not right" in page.content.decode()
    assert shown_secret(page) == secret
    assert not Authenticator.objects.exists()


def test_the_secret_waits_encrypted(client, bob):
    """Sessions are in the database. Red when the session keeps it as it is."""
    secret = shown_secret(client.get(APP))
    kept = client.session[adding.SETTING_UP]
    assert kept != secret
    assert crypto.box().decrypt(kept.encode()).decode() == secret


def test_there_is_one_app(client, alice):
    signed_in(client)
    assert client.get(APP)["Location"] == OWN
    page = client.post(APP, {"code": code()})
    assert page.status_code == 400
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_removing_the_last_one(client, alice):
    """Recovery codes go with it, and she stays signed in. Red when keep_marked is left out."""
    signed_in(client)
    app = Authenticator.objects.get(type="totp")
    assert "Remove the authenticator app" in client.get(f"{OWN}remove/{app.pk}/").content.decode()
    assert client.post(f"{OWN}remove/{app.pk}/")["Location"] == OWN
    assert not Authenticator.objects.exists()
    assert last("staff.factor_removed").details == {"kind": "totp"}
    assert is_in(client)


def test_removing_one_of_two(client, alice):
    """The other one counts from now on. Red when keep_marked is left out."""
    signed_in(client)
    key_of(alice)
    client.post(f"{OWN}remove/{Authenticator.objects.get(type='totp').pk}/")
    assert is_in(client)
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"webauthn", "recovery_codes"}


def test_new_recovery_codes(client, alice):
    """The old ones are good for nothing. Red when renew_recovery_codes keeps them."""
    first_step(client)
    client.post(CODE, {"code": alice.recovery[9]})
    assert "9 recovery codes left" in client.get(OWN).content.decode()
    assert "Ten new codes" in client.get(f"{OWN}codes/").content.decode()
    made = [shown.replace(" ", "") for shown in shown_codes(client.post(f"{OWN}codes/"))]
    assert not set(made) & set(alice.recovery)
    assert Entry.objects.latest("pk").action == "staff.recovery_codes_renewed"
    assert is_in(client)
    for one, status in ((alice.recovery[0], 200), (made[0], 302)):
        elsewhere = Client()
        first_step(elsewhere)
        assert elsewhere.post(CODE, {"code": one}).status_code == status


def test_codes_without_a_factor_are_refused(client, bob):
    page = client.post(f"{OWN}codes/")
    assert page.status_code == 409
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("name", "status"),
    [("Red", 302), ("x" * 60, 302), ("x" * 61, 400), ("  ", 400), ("a\nb", 400)],
    ids=["short", "longest", "too-long", "empty", "two-lines"],
)
def test_renaming_a_key(client, alice, name, status):
    """Red when _named does not count, or look."""
    signed_in(client)
    row = key_of(alice)
    assert client.post(f"{OWN}key/{row.pk}/", {"name": name}).status_code == status
    row.refresh_from_db()
    assert row.data["name"] == (name if status == 302 else "Blue")


@pytest.mark.parametrize("path", ["key/{}/", "remove/{}/"])
def test_anothers_key_is_not_there(client, alice, path):
    """Red when get_row looks among everybody's."""
    signed_in(client)
    row = key_of(member("bob"))
    for response in (client.get(OWN + path.format(row.pk)), client.post(OWN + path.format(row.pk), {"name": "Mine"})):
        assert response.status_code == 404
    assert Authenticator.objects.filter(pk=row.pk, data__name="Blue").exists()


def test_an_app_has_no_name_and_codes_are_no_factor(client, alice):
    signed_in(client)
    app, recovery = (Authenticator.objects.get(type=kind).pk for kind in ("totp", "recovery_codes"))
    assert client.get(f"{OWN}key/{app}/").status_code == 404
    assert client.get(f"{OWN}remove/{recovery}/").status_code == 404


def test_so_many_keys(client, alice):
    """Red when add_key does not count."""
    for number in range(changes.MAX_KEYS - 1):
        key_of(alice, f"Key {number}")
    assert changes.add_key(alice, "", {}, is_first=False) == []
    assert Authenticator.objects.filter(data__name=f"Key {changes.MAX_KEYS}").exists()
    with pytest.raises(Conflict, match="10 security keys"):
        changes.add_key(alice, "", {}, is_first=False)


def test_a_customers_account_has_no_such_pages(client):
    """Red when of_request takes any user."""
    from django.contrib.auth.models import User

    client.force_login(User.objects.create_user("carl"))
    assert client.get(OWN)["Location"].startswith(PAGE)
    assert client.get(APP)["Location"].startswith(PAGE)


def test_what_is_no_key_is_refused(client, bob):
    """Whatever its shape. Red when _REFUSALS lacks one of them."""
    for text in (
        "",
        "null",
        "[]",
        "7",
        '"x"',
        "{}",
        '{"id": 7}',
        '{"response": {}}',
        '{"response": "x", "rawId": "x"}',
    ):
        client.get(f"{OWN}key/")
        page = client.post(f"{OWN}key/", {"credential": text, "name": "Blue"})
        assert page.status_code == 400, text
    assert not Authenticator.objects.exists()


def test_nor_does_it_sign_in(client, alice):
    """Red when _REFUSALS lacks one of them."""
    from tests.signing_in.test_keys import registered

    registered(alice)
    first_step(client)
    for text in ("", "null", "[]", "7", "{}", '{"id": 7}', '{"response": {}}', '{"response": "x", "rawId": "x"}'):
        assert client.post(CODE, {"credential": text}).status_code == 200, text
    assert console.staff_of(str(client.session.session_key)) is None
