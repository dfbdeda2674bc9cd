"""Which groups somebody is in may be their provider's word: at each sign-in, and of the groups that OIDC_GROUPS names alone."""

import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import checks, sign_in
from config.environment import env_parsed
from support.roles import AGENTS, EDITORS
from tests.signing_in.cast import REFUSED, back, is_in, last, member, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def bella(provider, settings):
    """She signs in as Alice, and belongs to a group of her own."""
    settings.OIDC_GROUPS = {AGENTS: frozenset({"support", "helpdesk"}), EDITORS: frozenset({"writers"})}
    user = member("bella", email="alice@example.com")
    user.groups.add(Group.objects.create(name="Own"))
    return user


def groups_of(user):
    return sorted(user.groups.values_list("name", flat=True))


def test_a_value_gives_its_group_and_takes_it_along(provider, bella):
    """At each sign-in, with an entry. Red when put_into adds and does not remove, or removes what OIDC_GROUPS does not name."""
    steps = {
        ("writers",): [EDITORS, "Own"],
        ("helpdesk", "writers", "admins"): [EDITORS, "Own", AGENTS],
        ("support", "Writers"): ["Own", AGENTS],
        ("Support agents", "superuser"): ["Own"],
    }
    for values, wanted in steps.items():
        assert back(Client(), provider, groups=list(values)) == "/admin/"
        assert groups_of(bella) == wanted, values
    entry = last("setting.changed")
    assert (entry.actor_kind, entry.object_type, entry.object_id) == ("system", "user", str(bella.pk))
    assert entry.details == {"fields": ["groups"], "groups": [Group.objects.get(name="Own").pk], "from_provider": True}


def test_the_same_word_changes_nothing(provider, bella):
    """Red when put_into records without a change."""
    back(Client(), provider, groups=["support"])
    before = last("setting.changed").pk
    back(Client(), provider, groups=["helpdesk"])
    assert last("setting.changed").pk == before


@pytest.mark.parametrize(
    ("said", "wanted"),
    [(None, ["Own"]), ([], ["Own"]), ("support", ["Own", AGENTS]), ("support,writers", ["Own"])],
    ids=["missing", "empty", "text", "no-list"],
)
def test_what_a_claim_may_be(provider, bella, said, wanted):
    """Without it nobody has a group by it; a text is one value. Red when given splits it, or leaves things as they were."""
    bella.groups.add(Group.objects.get(name=EDITORS))
    assert back(Client(), provider, groups=said) == "/admin/"
    assert groups_of(bella) == wanted


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": 7},
        {"groups": {"support": True}},
        {"groups": ["support", 7]},
        {"_claim_names": {"groups": "src1"}},
    ],
    ids=["number", "object", "mixed", "kept-elsewhere"],
)
def test_what_cannot_be_read_lets_nobody_in(client, provider, bella, settings, claims):
    """And changes nothing, nor makes an account. Red when given takes it for no groups."""
    bella.groups.add(Group.objects.get(name=EDITORS))
    assert back(client, provider, **claims) == REFUSED
    assert not is_in(client)
    assert groups_of(bella) == [EDITORS, "Own"]
    settings.OIDC_CREATE_STAFF = True
    assert back(client, provider, email="nora@example.com") == REFUSED
    assert User.objects.count() == 1


def test_without_a_mapping_nobody_looks(client, provider, settings):
    """Groups stay the administrators' business. Red when given looks at the claim all the same."""
    bob = member("bob", email="alice@example.com")
    bob.groups.add(Group.objects.get(name=EDITORS))
    assert back(client, provider, groups=7) == "/admin/"
    assert groups_of(bob) == [EDITORS]
    assert "/userinfo" not in provider.requests


def test_another_claim_from_the_userinfo_endpoint(client, provider, bella, settings):
    """Red when came_back does not ask for the claim, or given looks for another one."""
    settings.OIDC_GROUPS_CLAIM = "roles"
    provider.info = {"sub": "u1", "roles": ["writers"]}
    assert back(client, provider, groups=["support"]) == "/admin/"
    assert groups_of(bella) == [EDITORS, "Own"]


def test_a_claim_that_takes_a_scope(provider, bella, settings):
    """Red when OIDC_SCOPES is not asked for, or takes the place of what always is."""
    provider.scoped = {"groups": "groups", "email": "email"}
    assert back(Client(), provider, groups=["support"]) == "/admin/"
    assert groups_of(bella) == ["Own"]
    settings.OIDC_SCOPES = ("email", "groups")
    [asked] = parse_qs(urlsplit(sent(Client())).query)["scope"]
    assert sorted(asked.split()) == ["email", "groups", "openid", "profile"]
    assert back(Client(), provider, groups=["support"]) == "/admin/"
    assert groups_of(bella) == ["Own", AGENTS]


@pytest.mark.parametrize("scope", ['gr"oups', "gr\\oups", "gröups", "\x7f", "\x01"])
def test_a_scope_that_cannot_be_one_refuses_the_start(settings, scope):
    """RFC 6749, §3.3. Red when the check is left out, or its pattern takes one of these."""
    settings.OIDC_SCOPES = ("groups", scope)
    [problem] = checks.sign_in_scopes()
    assert (problem.id, repr(scope) in problem.msg, "groups" in str(problem.hint)) == ("replywell.E013", True, True)


def test_what_a_scope_may_be(settings):
    """Red when the pattern refuses one of these."""
    settings.OIDC_SCOPES = ("!", "#[", "]~", "https://graph.example.com/Groups.Read", "groups:read")
    assert checks.sign_in_scopes() == []


def test_how_scopes_are_written():
    """Red when commas, or what is named twice, are kept."""
    code = "from config import sign_in; print(*sign_in.OIDC_SCOPES, sep='|')"
    environment = os.environ | {"OIDC_SCOPES": " groups, roles  groups,"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "groups|roles"


def test_somebody_new_has_what_the_claim_gives(client, provider, bella, settings):
    """And nothing but that; nobody becomes an administrator. Red when _make adds its group whatever OIDC_GROUPS says."""
    settings.OIDC_CREATE_STAFF, settings.OIDC_GROUPS = True, {EDITORS: frozenset({"writers"})}
    for name, groups in (("nora", ["writers"]), ("nils", ["superuser", "staff"])):
        assert back(Client(), provider, email=f"{name}@example.com", groups=groups, is_superuser=True) == "/admin/"
    nora, nils = (User.objects.get(username=f"{name}@example.com") for name in ("nora", "nils"))
    assert (groups_of(nora), groups_of(nils)) == ([EDITORS], [])
    assert not User.objects.filter(is_superuser=True).exists()


def test_how_it_is_written(monkeypatch):
    """Values may have an equals sign in them. Red when _groups splits at the first one, or takes what it cannot read."""
    text = " cn=help desk = Support agents,writers=Content editors, /staff=Support agents,"
    assert sign_in._groups(text) == {
        AGENTS: frozenset({"cn=help desk", "/staff"}),
        EDITORS: frozenset({"writers"}),
    }
    assert sign_in._groups("") == {}
    for wrong in ("writers", "=Content editors", "writers=", "a=Support agents,b"):
        monkeypatch.setenv("OIDC_GROUPS", wrong)
        with pytest.raises(ImproperlyConfigured, match=r"OIDC_GROUPS: '.*' is not VALUE=GROUP"):
            env_parsed("OIDC_GROUPS", "", sign_in._groups)


def test_a_group_that_there_is_not_refuses_the_start(settings):
    """Red when the check is left out."""
    settings.OIDC_GROUPS = {AGENTS: frozenset({"a"}), "Superusers": frozenset({"b"})}
    [problem] = checks.sign_in_groups()
    assert problem.id == "replywell.E012"
    assert "'Superusers'" in problem.msg
    settings.OIDC_GROUPS = {AGENTS: frozenset({"a"}), EDITORS: frozenset({"b"})}
    assert checks.sign_in_groups() == []
