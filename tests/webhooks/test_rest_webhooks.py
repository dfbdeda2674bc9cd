"""The webhook endpoints: who may do what, and what they answer."""

import json

import pytest
from rest_framework.test import APIClient

from sessions_app.models import ApiKey, Inbox
from support.models import Webhook, WebhookDelivery
from support.webhooks.limits import MAX_DESCRIPTION, MAX_WEBHOOKS
from tests.support.conversations import ask, new_place
from tests.webhooks.signatures import verified

pytestmark = pytest.mark.django_db

WEBHOOKS = "/api/v1/webhooks"
URL = "https://example.com/hook"


def client_for(*scopes, inboxes=()):
    row, key = ApiKey.issue("test", list(scopes))
    row.inboxes.set(inboxes)
    return APIClient(HTTP_AUTHORIZATION=f"Api-Key {key}")


@pytest.fixture
def api():
    return client_for("webhooks:write")


@pytest.fixture
def shops():
    """Two inboxes, and a client of each."""
    made = [Inbox.objects.create(name=name, key=f"ib_{name}") for name in ("one", "two")]
    return [(inbox, client_for("webhooks:write", inboxes=[inbox])) for inbox in made]


def post(api, **fields):
    response = api.post(WEBHOOKS, {"url": URL} | fields, format="json")
    assert response.status_code == 201, response.json()
    return response.json()


def refused(response):
    """The fields that a 400 names."""
    assert response.status_code == 400, response.json()
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"].partition(".")[0] for error in response.json()["errors"]]


def test_a_webhook_is_made_read_changed_and_deleted(api):
    made = post(api, description="CRM", types=["message.created", "message.created"])
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert set(made) == {
        *("id", "url", "description", "types", "inboxes", "enabled", "disabled_reason", "failing_since"),
        *("old_secret_until", "created_at", "updated_at"),
    }
    assert (made["url"], made["types"], made["inboxes"], made["enabled"]) == (URL, ["message.created"], None, True)
    at = f"{WEBHOOKS}/{made['id']}"
    assert api.get(at).json() == made
    assert api.get(WEBHOOKS).json() == {"count": 1, "next": None, "previous": None, "results": [made]}
    changed = api.patch(at, {"types": [], "enabled": False}, format="json").json()
    assert (changed["url"], changed["types"], changed["disabled_reason"]) == (URL, [], "by_hand")
    assert secret not in json.dumps(changed)
    assert api.patch(at, {"enabled": True}, format="json").json()["disabled_reason"] is None
    assert api.delete(at).status_code == 204
    assert [api.get(at).status_code, api.delete(at).status_code] == [404, 404]


@pytest.mark.parametrize("slash", ["", "/"])
def test_routes_answer_with_and_without_a_trailing_slash(api, slash):
    assert api.get(WEBHOOKS + slash).status_code == 200


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"url": ""}, ["url"]),
        ({"url": None}, ["url"]),
        ({"url": "https://127.0.0.1/"}, ["url"]),
        ({"url": "https://example.com/" + "x" * 2000}, ["url"]),
        ({"url": "https://example.com/\x00"}, ["url"]),
        ({"types": ["message.deleted"]}, ["types"]),
        ({"types": "message.created"}, ["types"]),
        ({"description": "x" * (MAX_DESCRIPTION + 1)}, ["description"]),
        ({"inboxes": []}, ["inboxes"]),
        ({"inboxes": ["ib_nobody"]}, ["inboxes"]),
        ({"enabled": "maybe"}, ["enabled"]),
    ],
)
def test_what_is_wrong_is_named(api, fields, named):
    made = post(api, description="x" * MAX_DESCRIPTION)
    assert refused(api.post(WEBHOOKS, {"url": URL} | fields, format="json")) == named
    assert refused(api.patch(f"{WEBHOOKS}/{made['id']}", fields, format="json")) == named
    assert Webhook.objects.count() == 1


def test_there_are_so_many_webhooks_and_no_more(api):
    """Red when `create` does not count."""
    for _ in range(MAX_WEBHOOKS):
        last = post(api)
    answer = api.post(WEBHOOKS, {"url": URL}, format="json")
    assert answer.status_code == 409
    assert f"{MAX_WEBHOOKS} webhooks" in answer.json()["detail"]
    api.delete(f"{WEBHOOKS}/{last['id']}")
    post(api)


ROUTES = [("get", ""), ("post", ""), ("get", "/{id}"), ("patch", "/{id}"), ("delete", "/{id}")]
ROUTES += [("post", "/{id}/rotate-secret"), ("post", "/{id}/test"), ("get", "/{id}/deliveries")]
ROUTES += [("get", "/{id}/deliveries/{delivery}"), ("post", "/{id}/deliveries/{delivery}/replay")]


def call(client, method, route, webhook, delivery=1):
    return getattr(client, method)(WEBHOOKS + route.format(id=webhook, delivery=delivery), format="json")


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_no_route_is_open_without_the_scope(api, method, route):
    made = post(api)["id"]
    others = [scope for scope in ApiKey.SCOPES if scope != "webhooks:write"]
    assert call(APIClient(), method, route, made).status_code == 401
    assert call(client_for(*others), method, route, made).status_code == 403


@pytest.mark.parametrize(("method", "route"), [route for route in ROUTES if "{id}" in route[1]])
def test_a_limited_key_has_nothing_to_do_with_other_webhooks(api, shops, method, route):
    """Red when `visible` gives all of them, those of both inboxes, or those that have lost their inboxes."""
    first = shops[0][1]
    orphan = post(api, inboxes=["ib_one"])["id"]
    Webhook.inboxes.through.objects.filter(webhook=orphan).delete()
    for foreign in (post(api), post(api, inboxes=["ib_two"]), post(api, inboxes=["ib_one", "ib_two"]), {"id": orphan}):
        row = Webhook.objects.get(pk=foreign["id"])
        ask(new_place())
        delivery = row.deliveries.first()
        answer = call(first, method, route, row.pk, delivery.pk if delivery else 1)
        assert answer.status_code == 404, answer.content
    assert first.get(WEBHOOKS).json()["count"] == 0


def test_a_limited_keys_webhook_is_told_of_its_inboxes_alone(shops):
    """Red when null means every inbox for it too."""
    (_, first), (_, second) = shops
    made = post(first)
    assert made["inboxes"] == ["ib_one"]
    at = f"{WEBHOOKS}/{made['id']}"
    assert first.patch(at, {"inboxes": None}, format="json").json()["inboxes"] == ["ib_one"]
    assert first.patch(at, {"description": "x"}, format="json").json()["inboxes"] == ["ib_one"]
    assert first.get(at).status_code == 200
    assert second.get(at).status_code == 404
    nobody = first.post(WEBHOOKS, {"url": URL, "inboxes": ["ib_none"]}, format="json").json()
    foreign = first.post(WEBHOOKS, {"url": URL, "inboxes": ["ib_two"]}, format="json").json()
    assert json.dumps(foreign).replace("ib_two", "ib_none").replace(foreign["request_id"], "") == json.dumps(
        nobody
    ).replace(nobody["request_id"], "")
    assert refused(first.patch(at, {"inboxes": ["ib_one", "ib_two"]}, format="json")) == ["inboxes"]


def test_another_webhooks_delivery_is_not_found_below_this_one(api):
    """Red when a delivery is looked up by its own id alone."""
    mine, other = post(api, types=["article.updated"])["id"], post(api)["id"]
    ask(new_place())
    delivery = WebhookDelivery.objects.filter(webhook=other).first().pk
    for method, route in ROUTES[-2:]:
        assert call(api, method, route, mine, delivery).status_code == 404
        assert call(api, method, route, other, delivery).status_code < 300


def test_deliveries_are_listed_filtered_and_read(api, hook, receiver, work):
    webhook, _ = hook()
    ask(new_place())
    work(webhook)
    ask(new_place())
    at = f"{WEBHOOKS}/{webhook.pk}/deliveries"
    listed = api.get(at).json()
    assert [row["type"] for row in listed["results"]] == ["message.created", "conversation.created"] * 2
    assert listed["count"] == 4
    assert api.get(f"{at}?state=delivered&type=message.created").json()["count"] == 1
    assert api.get(f"{at}?state=dead").json()["results"] == []
    assert refused(api.get(f"{at}?state=lost")) == ["state"]
    assert refused(api.get(f"{at}?type=lost")) == ["type"]
    shown = api.get(f"{at}/{listed['results'][-1]['id']}").json()
    assert shown["body"] == receiver.received[0].json
    assert shown["webhook_id"] == receiver.received[0].id
    assert (shown["state"], shown["status"], shown["response"], shown["next_attempt_at"]) == (
        "delivered",
        200,
        "ok",
        None,
    )
    assert [line["status"] for line in shown["log"]] == [200]
    assert api.get(f"{at}/{10**30}").status_code == 404


def test_a_delivery_is_replayed(api, hook, receiver, work):
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    delivery = WebhookDelivery.objects.get().pk
    at = f"{WEBHOOKS}/{webhook.pk}/deliveries/{delivery}/replay"
    answer = api.post(at)
    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (202, "pending", 0)
    work(webhook)
    assert receiver.received[0].id == receiver.received[1].id
    api.patch(f"{WEBHOOKS}/{webhook.pk}", {"enabled": False}, format="json")
    assert api.post(at).status_code == 409


def test_a_test_event_is_sent_whatever_was_chosen(api, hook, receiver, work):
    webhook, secret = hook(types=["article.updated"])
    hook()
    answer = api.post(f"{WEBHOOKS}/{webhook.pk}/test")
    assert (answer.status_code, answer.json()["type"]) == (202, "webhook.test")
    work(webhook)
    [request] = receiver.received
    assert request.json["type"] == "webhook.test"
    assert request.json["data"] == {"webhook_id": str(webhook.pk)}
    assert verified(secret, request)
    assert WebhookDelivery.objects.count() == 1
    api.patch(f"{WEBHOOKS}/{webhook.pk}", {"enabled": False}, format="json")
    assert api.post(f"{WEBHOOKS}/{webhook.pk}/test").status_code == 409


def test_a_new_secret_is_shown_once(api, hook, receiver, work):
    webhook, old = hook(types=["message.created"])
    answer = api.post(f"{WEBHOOKS}/{webhook.pk}/rotate-secret").json()
    assert answer["old_secret_until"] is not None
    ask(new_place())
    work(webhook)
    assert verified(answer["secret"], receiver.received[0])
    assert verified(old, receiver.received[0])
    assert "secret" not in api.get(f"{WEBHOOKS}/{webhook.pk}").json()
