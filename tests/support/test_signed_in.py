"""Where somebody is signed in: seen by themselves and by administrators, and ended."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client

from config.common.audit.models import Entry
from support import console, signed_in, tasks
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

PAGE = "/admin/auth/user/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


def visit(name, agent, address):
    """A browser in which they have been on the home page."""
    client = browser(name)
    client.get("/admin/", headers={"User-Agent": agent}, REMOTE_ADDR=address)
    return client


def key_of(client):
    return str(client.session.session_key)


def test_they_are_listed_with_what_tells_them_apart():
    """Red when `tend` does not note where a session was used."""
    here, _ = visit("alice", FIREFOX, "192.0.2.1"), visit("alice", EDGE, "2001:db8::7")
    visit("bob", SAFARI, "192.0.2.9")
    page = here.get(PAGE)
    shown = page.content.decode()
    assert [one.label for one in page.context["here"]] == ["Firefox on Linux"]
    assert [(one.label, one.address) for one in page.context["others"]] == [("Edge on Windows", "2001:db8::7")]
    assert [text for text in ("This browser", "192.0.2.1", "2001:db8::7") if text not in shown] == []
    assert "192.0.2.9" not in shown


def test_no_key_is_ever_shown():
    """Whoever has one is signed in. Red when the page names a session by it."""
    here, there = visit("alice", FIREFOX, "192.0.2.1"), visit("alice", EDGE, "192.0.2.2")
    shown = here.get(PAGE).content.decode()
    assert not [client for client in (here, there) if key_of(client) in shown]


@pytest.mark.parametrize(
    ("agent", "label"),
    [(SAFARI, "Safari on iPhone"), (EDGE, "Edge on Windows"), ("curl/8.5", "A browser"), ("", "A browser")],
)
def test_a_browser_is_called_what_people_call_it(agent, label):
    visit("alice", agent, "192.0.2.1")
    [one] = signed_in.of(staff("alice"))
    assert one.label == label


def test_one_of_them_is_ended_and_the_live_console_with_it():
    """Red when `end` does not delete the session, or records nothing."""
    here, there, third = (visit("alice", agent, "192.0.2.1") for agent in (FIREFOX, EDGE, SAFARI))
    assert console.staff_of(key_of(there)) == staff("alice")
    name = next(one.name for one in signed_in.of(staff("alice")) if one.key == key_of(there))
    assert here.post(PAGE, {"end": name}).status_code == 302
    assert console.staff_of(key_of(there)) is None
    assert there.get("/admin/").status_code == 302
    assert [client.get("/admin/").status_code for client in (here, third)] == [200, 200]
    entry = Entry.objects.latest("pk")
    assert (entry.action, entry.actor_id, entry.object_id) == ("staff.sessions_ended", *[str(staff("alice").pk)] * 2)
    assert entry.details == {"sessions": 1}


def test_all_others_are_ended_at_once():
    """Red when `_end` takes the asking browser's own as well, or somebody else's."""
    here, _, _ = (visit("alice", agent, "192.0.2.1") for agent in (FIREFOX, EDGE, SAFARI))
    bob = visit("bob", FIREFOX, "192.0.2.1")
    here.post(PAGE, {"end": "others"})
    assert [one.key for one in signed_in.of(staff("alice"))] == [key_of(here)]
    assert here.get(PAGE).context["others"] == []
    assert "You are signed in nowhere else." in here.get(PAGE).content.decode()
    assert bob.get("/admin/").status_code == 200


def test_nobody_ends_a_session_of_somebody_else():
    """Red when `_end` looks beyond the sessions of the page's user."""
    alice, bob = visit("alice", FIREFOX, "192.0.2.1"), visit("bob", EDGE, "192.0.2.2")
    [his] = signed_in.of(staff("bob"))
    for name in (his.name, his.key, "", "x"):
        assert alice.post(PAGE, {"end": name}).status_code == 404
    address = f"/admin/auth/user/{staff('bob').pk}/sessions/"
    assert (alice.get(address).status_code, alice.post(address, {"end": "others"}).status_code) == (403, 403)
    assert bob.get("/admin/").status_code == 200


def test_whoever_may_change_an_account_ends_its_sessions():
    visit("bob", EDGE, "192.0.2.2")
    vera, page = staff("vera"), f"/admin/auth/user/{staff('bob').pk}/sessions/"
    vera.user_permissions.add(Permission.objects.get(codename="change_user"))
    client = browser("vera")
    assert "Edge on Windows" in client.get(page).content.decode()
    assert client.post(page, {"end": "others"}).status_code == 302
    assert signed_in.of(staff("bob")) == []
    assert "bob is signed in nowhere." in client.get(page).content.decode()
    assert client.get("/admin/auth/user/999999/sessions/").status_code == 404
    assert len(signed_in.of(vera)) == 1


def test_a_session_that_a_new_password_ended_is_none():
    """Red when `_of` does not compare the hash of the password."""
    visit("alice", FIREFOX, "192.0.2.1")
    alice = staff("alice")
    alice.set_password("another-long-enough-phrase")
    alice.save()
    assert signed_in.of(alice) == []


def test_the_page_is_for_those_who_are_signed_in(client):
    assert client.get(PAGE).status_code == 302
    alice = Client(enforce_csrf_checks=True)
    alice.force_login(staff("alice"))
    assert alice.post(PAGE, {"end": "others"}).status_code == 403


def test_what_has_ended_is_forgotten():
    """Red when the task does not clear."""
    key = key_of(visit("alice", FIREFOX, "192.0.2.1"))
    kept = key_of(visit("bob", FIREFOX, "192.0.2.1"))
    Session.objects.filter(pk=key).update(expire_date="2020-01-01T00:00Z")
    tasks.forget_staff_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == [kept]
