"""What leaves an entry, by whom, and with what in it; and that conversations with the agent leave none."""

import uuid

import pytest
from django.contrib.auth.models import Group, User

from config.common.audit import origin
from config.common.audit.actions import Action
from config.common.audit.models import Entry
from config.common.audit.origin import SYSTEM, Actor
from config.common.audit.trail import record
from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article
from sessions_app.models import ApiKey, Inbox
from support import actions, idle_actions
from support.roles import AGENTS
from support.webhooks import subscriptions
from support.webhooks.subscriptions import Wish
from tests.support.console_cast import browser, conversation, post, staff, write

pytestmark = pytest.mark.django_db


def last() -> Entry:
    return Entry.objects.latest("pk")


def test_chatting_with_the_agent_leaves_none():
    """Red when receive_message records."""
    place = conversation("Hello?", "Anybody?")
    write(place, "Well?")
    actions.request_handoff(place, "")
    assert Entry.objects.count() == 0


def test_what_staff_do_in_a_conversation():
    """Each by the member of staff, with the request's id and address, and nothing of what was said."""
    place = conversation("My secret is 42")
    alice, key = browser("alice"), str(place.conversation)
    headers = {"X-Request-ID": "req-7"}
    client_id = str(uuid.uuid4())
    post(alice, place, "claim")
    alice.post(
        f"/admin/support/conversation/{key}/reply/",
        {"client_id": client_id, "text": "Good to know", "last_seen_seq": 2},
        content_type="application/json",
        headers=headers,
    )
    assert (last().request_id, last().address) == ("req-7", "127.0.0.1")
    post(alice, place, "release")
    post(alice, place, "close")
    me = str(staff("alice").pk)
    assert list(
        Entry.objects.order_by("pk").values_list("actor_kind", "actor_id", "action", "object_id", "details")
    ) == [
        ("staff", me, "conversation.claimed", key, {"human_agent": me}),
        ("staff", me, "conversation.replied", key, {"human_agent": me, "seq": 3}),
        ("staff", me, "conversation.released", key, {}),
        ("staff", me, "conversation.closed", key, {}),
    ]


def test_a_refused_claim_leaves_none():
    place = conversation()
    post(browser("alice"), place, "claim")
    assert post(browser("bob"), place, "claim").status_code == 409
    assert Entry.objects.count() == 1


def test_an_integration_is_named_and_in_whose_name_it_acts(client):
    """Red when Integration has no actor."""
    place, bob = conversation(), staff("bob")
    row, key = ApiKey.issue("CRM", ["conversations:write"])
    made = last()
    assert (made.action, made.details) == ("api_key.made", {"scopes": ["conversations:write"], "inboxes": []})
    response = client.post(
        f"/api/v1/conversations/{place.conversation}/claim",
        {"human_agent": "bob"},
        content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )
    assert response.status_code == 200
    assert (last().actor_kind, last().actor_id, last().details) == (
        "api_key",
        str(row.pk),
        {"human_agent": str(bob.pk)},
    )


@pytest.mark.parametrize("who", [SYSTEM, Actor.customer("c1")], ids=lambda who: who.kind)
def test_a_customers_address_is_not_kept(rf, who):
    """Nor by what the agent does because of their request. Red when record keeps the address whoever acts."""
    with origin.of_request(rf.get("/", REMOTE_ADDR="192.0.2.9")):
        record(Action.TOOL_CALLED, "action", 1, by=Actor.staff(1))
        assert last().address == "192.0.2.9"
        record(Action.TOOL_CALLED, "action", 1, by=who)
    assert last().address == ""


def test_an_idle_claim_is_given_back_by_the_system(settings):
    place = conversation()
    actions.claim(place.conversation, staff("alice"))
    write(place, "Are you there?")
    settings.CLAIM_IDLE_SECONDS = 0
    assert idle_actions.requeue_idle_claim(place.conversation) is not None
    assert (last().actor_kind, last().action, last().details) == ("system", "conversation.released", {"idle": True})


def test_the_way_of_an_article():
    """Red when ingestion.save records what it did not change."""
    ed = staff("ed")
    article, _ = ingestion.save(Draft(title="Fees", body="Ten.", status="draft", author=ed))
    ingestion.save(Draft(body="Eleven."), article)
    ingestion.save(Draft(body="Eleven."), article)
    ingestion.save(Draft(status=Article.Status.PUBLISHED, author=ed), article)
    ingestion.save(Draft(status=Article.Status.ARCHIVED), article)
    ingestion.delete(article.pk)
    steps = Entry.objects.order_by("pk").values_list("action", "actor_kind")
    assert list(steps) == [
        ("article.created", "staff"),
        ("article.changed", "system"),
        ("article.published", "staff"),
        ("article.archived", "system"),
        ("article.deleted", "system"),
    ]


def test_an_earlier_version_is_restored():
    article, _ = ingestion.save(Draft(title="Fees", body="Ten.", status="draft"))
    ingestion.save(Draft(body="Eleven."), article)
    page = f"/admin/knowledge/article/{article.pk}/restore/1/"
    assert browser("ed").post(page, {"seen_version": "2"}).status_code == 302
    assert (last().action, last().details) == ("article.restored", {"restored": 1, "version": 3})


def test_the_way_of_a_webhook():
    webhook, secret = subscriptions.create(Wish(url="https://example.com/hook", types=["message.created"]))
    subscriptions.change(webhook.pk, Wish(enabled=False, inboxes=None))
    subscriptions.rotate(webhook.pk)
    assert browser("rita").post(f"/admin/support/webhook/{webhook.pk}/delete/", {"post": "yes"}).status_code == 302
    entries = list(Entry.objects.order_by("pk"))
    assert [row.action for row in entries] == [
        f"webhook.{it}" for it in ("created", "changed", "secret_renewed", "deleted")
    ]
    assert entries[1].details == {"fields": ["enabled", "inboxes"]}
    assert not any(secret in str(row.details) or "example.com" in str(row.details) for row in entries)


def test_an_inbox_is_changed_in_the_admin():
    """The names of the fields, not what is in them. Red when Noting.log_change does not record."""
    inbox = Inbox.objects.create(name="Acme")
    rita = browser("rita")
    page = f"/admin/sessions_app/inbox/{inbox.pk}/change/"
    form = rita.get(page).context["adminform"].form
    fields = {name: form[name].value() or "" for name in form.fields}
    lines = {name: "\n".join(fields[name]) for name in ("allowed_sites", "suggestions")}
    rest = {"tags": "", "welcome_text": "Hi, I am Rita"}
    assert rita.post(page, fields | lines | rest).status_code == 302
    assert (last().action, last().object_type, last().object_id) == ("setting.changed", "inbox", str(inbox.pk))
    assert "welcome_text" in last().details["fields"] or "Welcome text" in last().details["fields"]
    assert "Rita" not in str(last().details)


def test_a_role_is_given():
    """Red when PeopleAdmin does not say what the account may do from then on."""
    rita, carl = browser("rita"), User.objects.create_user("carl", password="a-long-enough-phrase")
    agents = Group.objects.get(name=AGENTS)
    form = {
        "username": "carl",
        "is_active": "on",
        "is_staff": "on",
        "groups": [agents.pk],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }
    response = rita.post(f"/admin/auth/user/{carl.pk}/change/", form)
    assert response.status_code == 302, response.context["errors"]
    assert (last().object_type, last().object_id, last().actor_id) == ("user", str(carl.pk), str(staff("rita").pk))
    assert last().details["groups"] == [agents.pk]
    assert (last().details["is_staff"], last().details["is_superuser"]) == (True, False)


def test_keys_are_revoked_in_the_admin():
    row, _ = ApiKey.issue("CRM", ["conversations:read"])
    form = {"action": "revoke", "_selected_action": [str(row.pk)]}
    browser("rita").post("/admin/sessions_app/apikey/", form)
    assert (last().action, last().object_id) == ("api_key.revoked", str(row.pk))
    browser("rita").post("/admin/sessions_app/apikey/", form)
    assert Entry.objects.filter(action="api_key.revoked").count() == 1


def test_deleting_several_leaves_an_entry_for_each():
    """Red when NotingDeletions.delete_queryset does not record."""
    inboxes = [Inbox.objects.create(name=name) for name in ("One", "Two")]
    form = {"action": "delete_selected", "_selected_action": [str(row.pk) for row in inboxes], "post": "yes"}
    browser("rita").post("/admin/sessions_app/inbox/", form)
    assert Inbox.objects.filter(pk__in=[row.pk for row in inboxes]).count() == 0
    assert Entry.objects.filter(action="setting.deleted", object_type="inbox").count() == 2
