"""Security keys: added by an answer to our challenge, and asked for when signing in."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from config.common.audit.models import Entry
from tests.fakes.securitykey import SecurityKey
from tests.signing_in.cast import CODE, OWN, first_step, is_in, last, member, signed_in

pytestmark = pytest.mark.django_db
KEY = f"{OWN}key/"


def added(client, key, name="Blue"):
    """The page for adding a key, and what becomes of the key's answer."""
    options = client.get(KEY).context["key_options"]
    return client.post(KEY, {"credential": json.dumps(key.create(options)), "name": name})


def registered(user, name="Blue"):
    """A key that the user has added by themselves, in a browser of their own."""
    key, client = SecurityKey(), Client()
    signed_in(client, user.username)
    added(client, key, name)
    return key


def asked(client, name="alice"):
    """Take the first step; returns what the page asks keys for."""
    first_step(client, name)
    return client.get(CODE).context["key_options"]


def shown(client, credential):
    return client.post(CODE, {"credential": json.dumps(credential)})


@pytest.fixture
def bob(client):
    user = member("bob")
    first_step(client, "bob")
    return user


def test_adding_a_key_and_signing_in_with_it(client, bob):
    """Red when finish, or added, does not mark the session."""
    key = SecurityKey()
    page = added(client, key)
    assert "Recovery codes" in page.content.decode()
    assert is_in(client)
    assert last("staff.factor_added").details == {"kind": "webauthn"}
    elsewhere = Client()
    options = asked(elsewhere, "bob")
    assert options["publicKey"]["rpId"] == "testserver"
    assert shown(elsewhere, key.get(options))["Location"] == "/admin/"
    assert is_in(elsewhere)
    assert Entry.objects.latest("pk").details == {"factor": "webauthn"}
    assert Authenticator.objects.get(type="webauthn").last_used_at


def test_only_whoever_has_a_key_is_asked_for_one(client, alice):
    assert asked(client) is None
    assert "Use a security key" not in client.get(CODE).content.decode()


def test_a_key_without_a_name_gets_one(client, bob):
    added(client, SecurityKey(), " ")
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Key 1"


def test_a_key_on_a_false_page_does_not_open(client, bob):
    """The browser says where it is, and the key signs that. Red when accept only looks for the key's id."""
    key = SecurityKey()
    added(client, key)
    elsewhere = Client()
    key.origin = "https://testserver.example.com"
    assert shown(elsewhere, key.get(asked(elsewhere, "bob"))).status_code == 200
    key.origin = "https://testserver"
    assert shown(elsewhere, key.get(asked(elsewhere, "bob"), site="example.com")).status_code == 200
    assert not is_in(elsewhere)
    assert shown(elsewhere, key.get(asked(elsewhere, "bob"))).status_code == 302


def test_nor_is_one_added_there(client, bob):
    """Red when check_new is left out."""
    assert added(client, SecurityKey("https://testserver.example.com")).status_code == 400
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{-1: "P-256"}, {-2: 7}, {1: 7, 3: -65000}, None],
    ids=["curve", "point", "unknown-kind", "nothing"],
)
def test_a_key_that_could_open_nothing_is_not_added(client, bob, changed):
    """Its public half is tried. Red when check_new does not, or _REFUSALS lacks one of what comes of it."""
    key = SecurityKey()
    key.public = None if changed is None else {**key.public, **changed}
    assert added(client, key).status_code == 400
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("made", ["", "W10", "gA", "ow"])
def test_an_answer_that_breaks_off_is_refused(client, bob, made):
    """Red when _REFUSALS lacks LookupError or struct.error."""
    key = SecurityKey()
    answer = key.create(client.get(KEY).context["key_options"])
    answer["response"]["attestationObject"] = made
    assert client.post(KEY, {"credential": json.dumps(answer), "name": ""}).status_code == 400
    assert not Authenticator.objects.exists()


def test_anothers_key_does_not_open(client, alice):
    """Nor one that nobody has added, under the right id. Red when accept only looks for the key's id."""
    hers = registered(alice)
    thief = SecurityKey()
    options = asked(client)
    assert shown(client, thief.get(options)).status_code == 200
    thief.id = hers.id
    assert shown(client, thief.get(client.get(CODE).context["key_options"])).status_code == 200
    assert not is_in(client)


def test_an_answer_is_good_for_one_time(client, alice):
    """Red when accept only looks for the key's id."""
    key = registered(alice)
    answer = key.get(asked(client))
    assert shown(client, answer).status_code == 302
    elsewhere = Client()
    asked(elsewhere)
    assert shown(elsewhere, answer).status_code == 200
    assert not is_in(elsewhere)


def test_wrong_answers_count_like_wrong_codes(client, alice, monkeypatch, request):
    """Red when post asks CODES for codes alone."""
    from config.common.ratelimit import Policy
    from config.common.rates import Rate
    from support import signin

    key = registered(alice)
    monkeypatch.setattr(signin, "CODES", Policy(request.node.name, Rate(1, 3600), fail_open=False))
    assert shown(client, SecurityKey().get(asked(client))).status_code == 200
    assert shown(client, key.get(client.get(CODE).context["key_options"])).status_code == 429


def test_a_key_can_be_added_on_the_way_in(client, settings):
    settings.STAFF_MFA_REQUIRED = True
    member("carla")
    first_step(client, "carla")
    assert added(client, SecurityKey()).status_code == 200
    assert is_in(client)
