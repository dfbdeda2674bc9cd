"""The search endpoint."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from knowledge import ingestion
from knowledge.ingestion import Draft
from sessions_app.models import ApiKey, Inbox

pytestmark = pytest.mark.django_db

KINDS: dict[str, dict[str, Any]] = {"all": {}, "members": {"audience": "identified"}, "shop": {"tags": ["shop"]}}

SEARCH = "/api/v1/knowledge/search"


def client_for(*scopes, inboxes=()):
    row, key = ApiKey.issue("test", list(scopes))
    row.inboxes.set(inboxes)
    return APIClient(HTTP_AUTHORIZATION=f"Api-Key {key}")


@pytest.fixture
def api():
    return client_for("knowledge:read")


@pytest.fixture
def articles():
    made = {}
    for name, fields in KINDS.items():
        draft = Draft(title=f"Refunds ({name})", body="Money comes back within 14 days.", status="published", **fields)
        made[name], _ = ingestion.save(draft)
        ingestion.embed(made[name].pk)
    return made


def found(api, **parameters):
    response = api.get(SEARCH, {"q": "When do I get a refund?"} | parameters)
    assert response.status_code == 200, response.json()
    return response.json()


def titles(answer):
    return {passage["title"] for passage in answer["results"]}


def test_the_answer_has_the_shape_of_the_contract(api, articles):
    answer = found(api, limit=1)
    [passage] = answer["results"]
    assert list(answer) == ["results", "took_ms"]
    assert list(passage) == ["article_id", "version", "chunk_id", "title", "url", "heading", "text", "score"]
    assert passage["text"] == "Money comes back within 14 days."
    assert answer["took_ms"] > 0


def test_an_unlimited_key_finds_everything_published(api, articles):
    assert titles(found(api)) == {"Refunds (all)", "Refunds (members)", "Refunds (shop)"}


def test_an_inbox_narrows_to_what_its_identified_customers_find(api, articles):
    Inbox.objects.create(key="blog", name="Blog")
    assert titles(found(api, inbox="blog")) == {"Refunds (all)", "Refunds (members)"}


def test_a_limited_key_finds_what_its_inboxes_may(articles):
    blog, shop = (Inbox.objects.create(key=key, name=key, tags=[key]) for key in ("blog", "shop"))
    assert titles(found(client_for("knowledge:read", inboxes=[blog]))) == {"Refunds (all)", "Refunds (members)"}
    limited = client_for("knowledge:read", inboxes=[shop])
    assert titles(found(limited)) == {"Refunds (all)", "Refunds (members)", "Refunds (shop)"}
    assert limited.get(SEARCH, {"q": "x", "inbox": "blog"}).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "q"),
        ({"q": " "}, "q"),
        ({"q": "q" * 1001}, "q"),
        ({"q": "a\x00"}, "q"),
        *(({"q": "x", "limit": limit}, "limit") for limit in ("0", "51", "-1", "1.5", "ten", "٣")),
        ({"q": "x", "inbox": "a\x00"}, "inbox"),
    ],
)
def test_bad_parameters_are_named(api, parameters, named):
    response = api.get(SEARCH, parameters)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [named]


def test_the_limits_themselves_are_fine(api, articles):
    assert len(found(api, q="q" * 1000, limit=50)["results"]) == 3


def test_who_may_not():
    assert APIClient().get(SEARCH, {"q": "x"}).status_code == 401
    assert client_for("knowledge:write").get(SEARCH, {"q": "x"}).status_code == 403
    assert client_for("knowledge:read").get(SEARCH, {"q": "x", "inbox": "nope"}).status_code == 404
