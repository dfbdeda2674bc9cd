"""Who may see and change conversations in the console: the groups decide, for pages and for what pages call."""

import uuid

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from support import roles
from support.models import Conversation
from tests.support.console_cast import browser, conversation, post, staff, url

pytestmark = pytest.mark.django_db

PAGES = ["/admin/support/conversation/", "/admin/support/conversation/?all=1"]
ACTIONS = ["claim", "release", "close", "reply"]
READS = ["details", "messages", "runs"]


def test_a_human_agent_opens_queue_list_and_conversation():
    place = conversation()
    alice = browser("alice")
    for page in [*PAGES, url(place)]:
        assert alice.get(page).status_code == 200


def test_an_editor_sees_no_conversation():
    place = conversation()
    ed = browser("ed")
    for page in [*PAGES, url(place)]:
        assert ed.get(page).status_code == 403
    for name in READS:
        assert ed.get(url(place, name)).status_code == 403
    for name in ACTIONS:
        assert post(ed, place, name).status_code == 403
    assert Conversation.objects.get(id=place.conversation).state == "bot"


def test_whoever_may_only_look_cannot_act():
    place = conversation()
    viewer = staff("vera")
    viewer.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    client = browser("vera")
    assert client.get(url(place)).status_code == 200
    assert b"data-may-change" not in client.get(url(place)).content
    for name in ACTIONS:
        assert post(client, place, name).status_code == 403


@pytest.mark.parametrize("who", ["nobody", "customer"])
def test_a_script_without_a_staff_session_is_told_401(who):
    place = conversation()
    client = Client()
    if who == "customer":
        client.force_login(User.objects.create_user("mallory"))
    for name in READS:
        response = client.get(url(place, name))
        assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    for name in ACTIONS:
        assert post(client, place, name).status_code == 401
    assert client.get(url(place)).status_code == 302


def test_a_deactivated_account_is_signed_out():
    place = conversation()
    alice = browser("alice")
    User.objects.filter(username="alice").update(is_active=False)
    assert post(alice, place, "claim").status_code == 401


def test_actions_need_the_csrf_token():
    place = conversation()
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff("alice"))
    assert post(client, place, "claim").status_code == 403
    client.get("/admin/login/?next=/")
    client.get(url(place))
    client.cookies["csrftoken"] = "a" * 32
    claimed = client.post(url(place, "claim"), {}, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert claimed.status_code == 200


def test_reading_does_not_act_and_acting_is_not_reading():
    place = conversation()
    alice = browser("alice")
    for name in ACTIONS:
        assert alice.get(url(place, name)).status_code == 405
    for name in READS:
        assert post(alice, place, name).status_code == 405
    assert alice.post(url(place)).status_code == 405


def test_a_conversation_that_does_not_exist_is_404():
    alice = browser("alice")
    unknown = conversation()
    Conversation.objects.filter(id=unknown.conversation).delete()
    for name in [*READS, "change"]:
        assert alice.get(url(unknown, name)).status_code == 404
    for name in ("claim", "release", "close"):
        assert post(alice, unknown, name).status_code == 404
    reply = post(alice, unknown, "reply", client_id=str(uuid.uuid4()), text="Hi", last_seen_seq=1)
    assert reply.status_code == 404
    assert alice.get("/admin/support/conversation/not-a-uuid/change/").status_code == 404


def test_nobody_edits_or_deletes_conversations_by_form():
    place = conversation()
    rita = browser("rita")
    assert rita.post(url(place, "delete"), {"post": "yes"}).status_code == 403
    assert rita.get("/admin/support/conversation/add/").status_code == 403
    assert Conversation.objects.filter(id=place.conversation).exists()


def test_roles_come_back_and_keep_what_an_administrator_added():
    extra = Permission.objects.get(codename="add_inbox")
    agents = Group.objects.get(name=roles.AGENTS)
    agents.permissions.set([extra])
    Group.objects.get(name=roles.EDITORS).delete()
    roles.ensure()
    roles.ensure()
    granted = set(agents.permissions.values_list("codename", flat=True))
    assert granted == {
        "add_inbox",
        "view_conversation",
        "change_conversation",
        "view_escalationpolicy",
        "view_notificationplan",
        "view_message",
        "view_run",
        "view_action",
        "view_article",
        "view_curatedanswer",
        "view_customer",
        "view_inbox",
    }
    editors = Group.objects.get(name=roles.EDITORS)
    assert set(editors.permissions.values_list("codename", flat=True)) == {
        "add_article",
        "change_article",
        "view_article",
        "view_articleversion",
        "add_curatedanswer",
        "change_curatedanswer",
        "view_curatedanswer",
        "add_source",
        "change_source",
        "view_source",
        "change_sourceitem",
        "view_sourceitem",
        "view_reindex",
        "add_importjob",
        "change_importjob",
        "view_importjob",
    }
