"""Getting back in: an administrator resets another's second factor, and a command the last administrator's."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from config.common.audit.models import Entry
from support import console
from tests.signing_in.cast import OWN, SECRET, code, first_step, is_in, member, signed_in, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    user = member("bob")
    with_app(user)
    return user


@pytest.fixture
def rita(client):
    """She administrates, and is signed in."""
    user = member("rita", is_superuser=True)
    first_step(client, "rita")
    return user


def page_of(user):
    return reverse("admin:auth_user_second_factor", args=[user.pk])


def test_an_administrator_resets_anothers(client, rita, bob):
    """With an entry, and his sessions end. Red when reset does not record, or leaves recovery codes."""
    his = Client()
    signed_in(his, "bob")
    assert is_in(his)
    user_page = reverse("admin:auth_user_change", args=[bob.pk])
    assert page_of(bob) in client.get(user_page).content.decode()
    assert "Be sure that it is they who ask" in client.get(page_of(bob)).content.decode()
    assert client.post(page_of(bob))["Location"] == user_page
    assert not Authenticator.objects.filter(user=bob).exists()
    entry = Entry.objects.latest("pk")
    assert (entry.actor_id, entry.action, entry.object_id) == (str(rita.pk), "staff.factors_reset", str(bob.pk))
    assert entry.details == {"factors": 1}
    assert console.staff_of(str(his.session.session_key)) is None
    assert not is_in(his)
    assert first_step(his, "bob")["Location"] == "/admin/"


def test_not_her_own(client, rita):
    """There she would have to say who she is. Red when reset_view does not compare."""
    with_app(rita)
    signed_in(client, "rita")
    assert client.get(page_of(rita)).status_code == 403
    assert client.post(page_of(rita)).status_code == 403
    assert page_of(rita) not in client.get(reverse("admin:auth_user_change", args=[rita.pk])).content.decode()
    assert Authenticator.objects.filter(user=rita).exists()


def test_nobody_else_does(client, bob):
    """Whoever may change users could make themselves into anybody. Red when reset_view does not ask for an administrator."""
    from django.contrib.auth.models import Permission

    carla = member("carla")
    carla.user_permissions.add(Permission.objects.get(codename="change_user"))
    first_step(client, "carla")
    assert client.post(page_of(bob)).status_code == 403
    assert Client().post(page_of(bob)).status_code == 302
    assert Authenticator.objects.filter(user=bob).exists()


def test_somebody_who_is_not_there(client, rita):
    assert client.post("/admin/auth/user/99999/second-factor/").status_code == 404


def test_the_list_says_who_has_one(client, rita, bob):
    """Red when get_queryset does not ask."""
    rows = {row.username: row.second_factor for row in client.get("/admin/auth/user/").context["cl"].result_list}
    assert rows == {"rita": False, "bob": True}


def test_the_command_for_the_last_administrator(client, bob):
    """Red when the command does not reset."""
    said = StringIO()
    call_command("reset_second_factor", "bob", stdout=said)
    assert said.getvalue() == "1 second factor of bob removed.\n"
    entry = Entry.objects.latest("pk")
    assert (entry.actor_kind, entry.action) == ("system", "staff.factors_reset")
    assert first_step(client, "bob")["Location"] == "/admin/"


def test_the_command_names_whom_it_does_not_know(db):
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("reset_second_factor", "nobody")


def test_after_a_reset_a_new_app_counts(client, bob):
    """The old one's codes are good for nothing. Red when reset leaves the app."""
    call_command("reset_second_factor", "bob", stdout=StringIO())
    other = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    with_app(bob, other)
    first_step(client, "bob")
    assert client.post("/admin/login/code/", {"code": code(SECRET)}).status_code == 200
    assert client.post("/admin/login/code/", {"code": code(other)}).status_code == 302
    assert client.get(OWN).status_code == 200
