"""The article endpoints."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from knowledge import ingestion
from knowledge.ingestion import MAX_BODY_CHARACTERS, Draft
from knowledge.models import Article, ArticleVersion, Chunk, Posting
from sessions_app.models import ApiKey, Inbox

pytestmark = pytest.mark.django_db

ARTICLES = "/api/v1/knowledge/articles"
REFUNDS = {"title": "Refunds", "body": "Within **14** days.", "status": "published"}


def client_for(*scopes, inboxes=()):
    row, key = ApiKey.issue("test", list(scopes))
    row.inboxes.set(inboxes)
    return APIClient(HTTP_AUTHORIZATION=f"Api-Key {key}")


@pytest.fixture
def api():
    return client_for("knowledge:read", "knowledge:write")


def post(api, **fields):
    response = api.post(ARTICLES, REFUNDS | fields, format="json")
    assert response.status_code == 201, response.json()
    return response.json()


def put(api, at, **fields):
    return api.put(f"{ARTICLES}/by-external-id/{at}", REFUNDS | fields, format="json")


def fields_in(response):
    assert response.status_code == 400, response.json()
    assert response["Content-Type"] == "application/problem+json"
    return [error["field"] for error in response.json()["errors"]]


# -- Create, read, change, delete


def test_an_article_has_all_the_fields_of_the_contract(api):
    article = post(api, url="https://x.org/a", tags=["b", "a", "b"], external_id="crm/1")
    assert list(article) == [
        *("id", "title", "body", "url", "status", "audience", "tags", "external_id", "valid_from", "valid_until"),
        *("version", "index_state", "created_at", "updated_at"),
    ]
    assert article | REFUNDS == article
    assert (article["tags"], article["version"], article["index_state"]) == (["b", "a"], 1, "pending")
    assert api.get(f"{ARTICLES}/{article['id']}").json() == article
    assert api.get(f"{ARTICLES}/{article['id']}/").json() == article


def test_an_article_may_have_its_time(api):
    article = post(api, valid_from="2026-01-01T00:00:00Z", valid_until="2026-02-01T00:00:00+01:00")
    assert (article["valid_from"], article["valid_until"]) == ("2026-01-01T00:00:00Z", "2026-01-31T23:00:00Z")
    path = f"{ARTICLES}/{article['id']}"
    assert api.patch(path, {"title": "T"}, format="json").json()["valid_until"] == "2026-01-31T23:00:00Z"
    assert api.patch(path, {"valid_until": None}, format="json").json()["valid_until"] is None
    assert api.patch(path, {"valid_until": "2025-01-01T00:00:00Z"}, format="json").status_code == 400
    assert fields_in(api.patch(path, {"valid_until": "soon"}, format="json")) == ["valid_until"]


def test_left_out_fields_have_defaults(api):
    article = api.post(ARTICLES, {"title": "T", "body": ""}, format="json").json()
    assert (article["status"], article["audience"], article["url"]) == ("draft", "everyone", "")
    assert (article["tags"], article["external_id"]) == ([], None)


def test_a_patch_changes_what_it_names(api):
    article = post(api, external_id="crm/1")
    path = f"{ARTICLES}/{article['id']}"
    changed = api.patch(path, {"body": "Within 10 days."}, format="json").json()
    assert (changed["title"], changed["body"], changed["version"]) == ("Refunds", "Within 10 days.", 2)
    changed = api.patch(path, {"status": "archived"}, format="json").json()
    assert (changed["status"], changed["version"]) == ("archived", 2)
    assert not Chunk.objects.filter(article=article["id"]).exists()
    assert api.patch(path, {}, format="json").json() == changed
    assert api.patch(path, {"external_id": "crm/2"}, format="json").json()["external_id"] == "crm/2"
    assert api.patch(path, {"external_id": None}, format="json").json()["external_id"] is None


def test_an_article_that_failed_says_why(api):
    article = post(api)
    Article.objects.update(index_state="failed", index_error="Tried 3 times.")
    assert api.get(f"{ARTICLES}/{article['id']}").json()["index_error"] == "Tried 3 times."


def test_delete_leaves_nothing(api):
    article = post(api)
    assert Posting.objects.exists()
    assert api.delete(f"{ARTICLES}/{article['id']}").status_code == 204
    for model in (Article, ArticleVersion, Chunk, Posting):
        assert not model.objects.exists()
    for method in (api.get, api.delete):
        assert method(f"{ARTICLES}/{article['id']}").status_code == 404
    assert api.patch(f"{ARTICLES}/{article['id']}", {}, format="json").status_code == 404


def test_an_external_id_is_one_articles(api):
    post(api, external_id="crm/1")
    other = post(api, external_id="crm/2")
    assert api.post(ARTICLES, REFUNDS | {"external_id": "crm/1"}, format="json").status_code == 409
    response = api.patch(f"{ARTICLES}/{other['id']}", {"external_id": "crm/1"}, format="json")
    assert response.status_code == 409
    assert response.json()["detail"] == "Another article has this external_id."


# -- Upsert


def test_put_creates_changes_and_leaves_alone(api):
    first = put(api, "crm/2024/a.b")
    assert (first.status_code, first.json()["external_id"]) == (201, "crm/2024/a.b")
    same = put(api, "crm/2024/a.b")
    assert (same.status_code, same.json()) == (200, first.json())
    changed = put(api, "crm/2024/a.b", title="Returns")
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert Article.objects.count() == 1


def test_put_leaves_alone_what_it_does_not_name(api):
    put(api, "a", tags=["vip"], url="https://x.org/a")
    again = put(api, "a", body="Other.").json()
    assert (again["tags"], again["url"]) == (["vip"], "https://x.org/a")


def test_put_needs_the_id_of_its_address(api):
    assert put(api, "a", external_id="a").status_code == 201
    assert fields_in(put(api, "a", external_id="b")) == ["external_id"]
    assert fields_in(put(api, "a" * 256)) == ["external_id"]
    assert fields_in(put(api, "a%00b")) == ["external_id"]
    assert fields_in(put(api, "%0Ab")) == ["external_id"]
    assert fields_in(api.put(f"{ARTICLES}/by-external-id/b", {"title": "T"}, format="json")) == ["body"]


# -- Validation


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": " "}, "title"),
        ({"title": "t" * 301}, "title"),
        ({"title": 5}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"body": "a\x00"}, "body"),
        ({"body": None}, "body"),
        ({"body": "b" * (MAX_BODY_CHARACTERS + 1)}, "body"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://x.org/\ta"}, "url"),
        ({"url": "https://[x.org/"}, "url"),
        ({"url": "https://x.org/" + "a" * 1990}, "url"),
        ({"status": "public"}, "status"),
        ({"audience": "all"}, "audience"),
        ({"tags": "vip"}, "tags"),
        ({"tags": [str(i) for i in range(21)]}, "tags"),
        ({"tags": ["t" * 65]}, "tags.0"),
        ({"tags": [""]}, "tags.0"),
        ({"tags": ["a\x00"]}, "tags.0"),
        ({"external_id": "e" * 256}, "external_id"),
        ({"external_id": "a/"}, "external_id"),
        ({"external_id": " a"}, "external_id"),
        ({"external_id": "a\nb"}, "external_id"),
    ],
)
def test_bad_fields_are_named(api, fields, named):
    assert fields_in(api.post(ARTICLES, REFUNDS | fields, format="json")) == [named]
    assert not Article.objects.exists()


def test_lone_surrogates_are_refused(api):
    body = '{"title": "T", "body": "x\\ud800"}'
    assert fields_in(api.post(ARTICLES, body, content_type="application/json")) == ["body"]


def test_the_limits_themselves_are_fine(api):
    post(api, title="t" * 300, url="https://x.org/" + "a" * 1986, tags=[f"{i:064}" for i in range(20)])
    post(api, body="b" * MAX_BODY_CHARACTERS, external_id="e" * 255, status="draft")


# -- List


def test_the_list_is_paginated_and_newest_first(api):
    for title in ("One", "Two", "Three"):
        post(api, title=title)
    page = api.get(ARTICLES, {"page_size": 2}).json()
    assert (page["count"], [article["title"] for article in page["results"]]) == (3, ["Three", "Two"])
    assert [article["title"] for article in api.get(page["next"]).json()["results"]] == ["One"]


def test_the_list_shows_the_current_text_in_a_fixed_number_of_queries(api, django_assert_num_queries):
    for title in ("One", "Two", "Three"):
        article = post(api, title=title)
        api.patch(f"{ARTICLES}/{article['id']}", {"body": f"New {title}."}, format="json")
    with django_assert_num_queries(4):  # key, its inboxes, count, page
        results = api.get(ARTICLES).json()["results"]
    assert [article["body"] for article in results] == ["New Three.", "New Two.", "New One."]


@pytest.mark.parametrize(
    ("parameters", "titles"),
    [
        ({"status": "draft"}, ["Draft"]),
        ({"audience": "identified"}, ["Members"]),
        ({"index_state": "indexed"}, ["Members"]),
        ({"external_id": "crm/1"}, ["Draft"]),
        ({"q": "MEMB"}, ["Members"]),
        ({"q": "%"}, []),
        ({"q": "\n", "external_id": " ", "status": ""}, ["Members", "Draft"]),
        ({"status": "draft", "q": "memb"}, []),
    ],
)
def test_the_list_can_be_filtered(api, parameters, titles):
    post(api, title="Draft", status="draft", external_id="crm/1")
    members = post(api, title="Members", audience="identified")
    ingestion.embed(members["id"])
    assert [article["title"] for article in api.get(ARTICLES, parameters).json()["results"]] == titles


@pytest.mark.parametrize("name", ["status", "audience", "index_state", "external_id", "q"])
def test_bad_filters_are_named(api, name):
    assert fields_in(api.get(ARTICLES, {name: "a\x00"})) == [name]


# -- Who may


def test_scopes_are_needed():
    article, _ = ingestion.save(Draft(title="T", body="B", status="published"))
    path = f"{ARTICLES}/{article.pk}"
    assert APIClient().get(ARTICLES).status_code == 401
    assert APIClient().put(f"{ARTICLES}/by-external-id/a", REFUNDS, format="json").status_code == 401
    reader, writer = client_for("knowledge:read"), client_for("knowledge:write")
    assert reader.get(path).status_code == 200
    assert writer.get(path).status_code == 403
    assert client_for("conversations:read", "conversations:write").get(ARTICLES).status_code == 403
    for refused in (
        reader.post(ARTICLES, REFUNDS, format="json"),
        reader.patch(path, {"title": "X"}, format="json"),
        put(reader, "a"),
        reader.delete(path),
    ):
        assert refused.status_code == 403
    assert writer.delete(path).status_code == 204


def test_a_key_of_some_inboxes_sees_what_their_customers_may():
    shop = Inbox.objects.create(key="shop", name="Shop", tags=["shop"])
    limited = client_for("knowledge:read", "knowledge:write", inboxes=[shop])
    kinds: dict[str, dict[str, Any]] = {
        "for all": {},
        "members": {"audience": "identified"},
        "shop": {"tags": ["shop", "x"]},
        "blog": {"tags": ["blog"]},
        "draft": {"status": "draft"},
        "archived": {"status": "archived"},
    }
    articles = {
        name: ingestion.save(Draft(title=name, body="B", **{"status": "published"} | fields))[0]
        for name, fields in kinds.items()
    }
    seen = {article["title"] for article in limited.get(ARTICLES).json()["results"]}
    assert seen == {"for all", "members", "shop"}
    for name, article in articles.items():
        assert limited.get(f"{ARTICLES}/{article.pk}").status_code == (200 if name in seen else 404)
    path = f"{ARTICLES}/{articles['shop'].pk}"
    for refused in (
        limited.post(ARTICLES, REFUNDS, format="json"),
        limited.patch(path, {"title": "X"}, format="json"),
        put(limited, "a"),
        limited.delete(path),
    ):
        assert refused.status_code == 403
    assert Article.objects.count() == len(articles)
