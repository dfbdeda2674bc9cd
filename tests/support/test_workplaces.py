"""In which inboxes somebody works: chosen on their page, told where it matters, and taken away under their hands."""

import uuid

import pytest
from django.contrib.auth.models import Group, Permission, User

from config.common.audit.models import Entry
from config.common.errors import Conflict
from sessions_app.models import ApiKey, Inbox
from support import actions, tasks
from support.models import Conversation, Workplace
from support.notifications import recipients
from support.roles import AGENTS
from support.workplaces import choosing, reach
from tests.support.console_cast import browser, conversation, post, staff, write
from tests.support.conversations import transcript

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere():
    """An inbox that no conversation of these tests is in."""
    return Inbox.objects.create(name="Elsewhere")


def chosen(user):
    """What the database says: names of inboxes; None: every one."""
    ids = reach.inboxes_of(User.objects.get(pk=user.pk))
    return None if ids is None else set(Inbox.objects.filter(pk__in=ids).values_list("name", flat=True))


def form_of(user, **fields):
    """The user's form as the browser would send it."""
    fixed = {"username": user.username, "is_active": "on", "is_staff": "on", "first_name": user.first_name}
    groups = list(user.groups.values_list("pk", flat=True))
    return fixed | {"groups": groups, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"} | fields


def save(user, **fields):
    """An administrator saves it; returns the newest entry of the trail."""
    response = browser("rita").post(f"/admin/auth/user/{user.pk}/change/", form_of(user, **fields))
    assert response.status_code == 302, response.context["errors"]
    return Entry.objects.filter(object_type="user").latest("pk")


def test_an_administrator_chooses_inboxes_and_takes_the_choice_back(elsewhere):
    """Red when PeopleAdmin does not choose, or `note` does not say where they work from then on."""
    alice = staff("alice")
    page = browser("rita").get(f"/admin/auth/user/{alice.pk}/change/").content.decode()
    assert "None chosen: every inbox" in page
    entry = save(alice, inboxes=[str(elsewhere.pk)])
    assert (chosen(alice), entry.details["inboxes"]) == ({"Elsewhere"}, [str(elsewhere.pk)])
    assert "Only these inboxes" in entry.details["fields"]
    page = browser("rita").get(f"/admin/sessions_app/inbox/{elsewhere.pk}/change/").content.decode()
    assert f"/admin/auth/user/{alice.pk}/change/" in page
    entry = save(alice)
    assert (chosen(alice), "inboxes" in entry.details) == (None, False)


def test_who_worked_in_an_inbox_that_is_deleted_does_not_work_in_every_one(elsewhere):
    """Saving the form without a look at it does not open the others. Red when `wish` does not ask whether they are stranded."""
    alice = staff("alice")
    choosing.choose(alice, [elsewhere])
    elsewhere.delete()
    assert chosen(alice) == set()
    page = browser("rita").get(f"/admin/auth/user/{alice.pk}/change/").content.decode()
    assert "Their last inbox was deleted" in page
    save(alice, first_name="Alicia")
    assert chosen(alice) == set()
    save(alice, every_inbox="on")
    assert chosen(alice) is None


def test_whoever_may_only_look_at_accounts_reads_it(elsewhere):
    """Red when PeopleAdmin has no `inboxes` of its own."""
    alice, vera = staff("alice"), staff("vera")
    vera.user_permissions.add(Permission.objects.get(codename="view_user"))
    for inboxes, words in ((None, "every inbox"), ([elsewhere], "Elsewhere"), ([], "the last was deleted")):
        choosing.choose(alice, inboxes)
        assert words in browser("vera").get(f"/admin/auth/user/{alice.pk}/change/").content.decode()


def test_a_new_account_works_in_every_inbox(elsewhere):
    rita = browser("rita")
    phrase = "a-long-enough-phrase"
    made = dict.fromkeys(("password1", "password2"), phrase) | {"username": "nina"}
    assert rita.post("/admin/auth/user/add/", made).status_code == 302
    assert chosen(User.objects.get(username="nina")) is None


def test_whoever_may_not_work_there_neither_claims_nor_replies(elsewhere):
    """Red when `claim`, or `reply`, does not refuse outsiders."""
    place, alice = conversation(), staff("alice")
    actions.claim(place.conversation, alice)
    Workplace.objects.create(user=alice).inboxes.set([elsewhere])
    with pytest.raises(Conflict, match="may not work"):
        actions.reply(place.conversation, alice, uuid.uuid4(), "Hello", 9)
    actions.release(place.conversation, "nobody")
    with pytest.raises(Conflict, match="may not work"):
        actions.claim(place.conversation, alice)
    assert Conversation.objects.get(pk=place.conversation).assignee is None


def test_nor_does_an_integration_in_their_name(client, elsewhere):
    """409, with a sentence. Red when the actions do not refuse outsiders."""
    place, alice = conversation(), staff("alice")
    choosing.choose(alice, [elsewhere])
    key = ApiKey.issue("CRM", ["conversations:write"])[1]
    ask = {"content_type": "application/json", "headers": {"Authorization": f"Api-Key {key}"}}
    told = {"human_agent": "alice"}
    reply = told | {"client_id": str(uuid.uuid4()), "text": "Hello", "last_seen_seq": 1}
    for what, body in (("claim", told), ("replies", reply)):
        answer = client.post(f"/api/v1/conversations/{place.conversation}/{what}", body, **ask)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert answer.json()["detail"] == "This human agent may not work in the conversation's inbox."
    choosing.choose(alice, [Inbox.objects.get(pk=place.inbox)])
    assert client.post(f"/api/v1/conversations/{place.conversation}/claim", told, **ask).status_code == 200


def test_what_they_hold_goes_back_to_the_queue(elsewhere, django_capture_on_commit_callbacks):
    """Told to the customer, and in the trail. Red when `choose` does not give back after the commit."""
    place, kept, alice = conversation(), conversation(), staff("alice")
    mine = Inbox.objects.create(name="Mine")
    Conversation.objects.filter(pk=kept.conversation).update(inbox=mine)
    for each in (place, kept):
        assert post(browser("alice"), each, "claim").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        save(alice, inboxes=[str(mine.pk)])
    row = Conversation.objects.get(pk=place.conversation)
    assert (row.state, row.assignee) == ("queued", None)
    assert transcript(place)[-1][1:] == ("system", "queued")
    entry = Entry.objects.get(action="conversation.released")
    assert (entry.actor_kind, entry.object_id, entry.details) == ("system", str(row.pk), {"out_of_reach": True})
    assert Conversation.objects.get(pk=kept.conversation).assignee == alice


def test_a_claim_that_came_in_between_is_found_by_the_sweep(elsewhere):
    """So is that of an administrator who is none any more. Red when the task does not give back."""
    place, other, alice = conversation(), conversation(), staff("alice")
    rita = staff("rita")
    for user, each in ((alice, place), (rita, other)):
        actions.claim(each.conversation, user)
        Workplace.objects.create(user=user).inboxes.set([elsewhere])
    tasks.requeue_idle_claims()
    states = {str(row.pk): row.state for row in Conversation.objects.all()}
    assert states == {str(place.conversation): "queued", str(other.conversation): "human"}
    User.objects.filter(pk=rita.pk).update(is_superuser=False)
    tasks.requeue_idle_claims()
    assert Conversation.objects.get(pk=other.conversation).state == "queued"
    write(other, "Anybody?")
    tasks.requeue_idle_claims()
    assert [notice for *_, notice in transcript(other)].count("queued") == 1


def test_e_mails_go_to_those_who_work_there(elsewhere):
    """Red when `agents` does not ask who may."""
    inbox = Inbox.objects.create(name="Acme")
    for name, where in (("ann", [inbox]), ("ben", [elsewhere]), ("cleo", None), ("dan", [elsewhere])):
        user = User.objects.create_user(name, email=f"{name}@example.com", is_staff=True, is_superuser=name == "dan")
        user.groups.add(Group.objects.get(name=AGENTS))
        choosing.choose(user, where)
    assert recipients.agents(inbox.pk) == ["ann@example.com", "cleo@example.com", "dan@example.com"]
