"""Several writers of one article at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from knowledge import index, ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk
from sessions_app.models import ApiKey

pytestmark = pytest.mark.django_db(transaction=True)

ARTICLES = "/api/v1/knowledge/articles"


@pytest.fixture
def key():
    return ApiKey.issue("test", ["knowledge:read", "knowledge:write"])[1]


def at_once(key, *calls):
    """The responses of `calls`, each with a client and a connection of its own, started together."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            api = APIClient(HTTP_AUTHORIZATION=f"Api-Key {key}")
            connection.ensure_connection()
            barrier.wait(10)
            return call(api)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def putting(external_id, body):
    fields = {"title": "Refunds", "body": body, "status": "published"}
    return lambda api: api.put(f"{ARTICLES}/by-external-id/{external_id}", fields, format="json")


def test_the_same_new_article_is_created_once(key):
    for round_number in range(5):
        responses = at_once(key, *[putting(f"crm/{round_number}", "Within 14 days.")] * 6)
        assert sorted(response.status_code for response in responses) == [200] * 5 + [201]
        assert len({response.json()["id"] for response in responses}) == 1
        assert Article.objects.get(external_id=f"crm/{round_number}").version == 1


def test_different_texts_of_a_new_article_become_its_versions(key):
    bodies = [f"Within {days} days." for days in range(4)]
    responses = at_once(key, *[putting("crm/1", body) for body in bodies])
    assert sorted(response.status_code for response in responses) == [200] * 3 + [201]
    article = Article.objects.get()
    assert {version.body for version in article.versions.all()} == set(bodies)
    assert article.version == 4
    assert list(article.chunks.values_list("text", flat=True)) == [article.versions.get(number=4).body]


def test_put_and_delete_never_fail(key):
    for _ in range(5):
        article, _ = ingestion.save(Draft(title="Refunds", body="Old.", status="published", external_id="crm/1"))
        responses = at_once(
            key,
            putting("crm/1", "New."),
            lambda api, path=f"{ARTICLES}/{article.pk}": api.delete(path),
            lambda api, path=f"{ARTICLES}/{article.pk}": api.patch(path, {"body": "Newer."}, format="json"),
        )
        assert responses[0].status_code in {200, 201}
        assert responses[1].status_code == 204
        assert responses[2].status_code in {200, 404}
        assert Chunk.objects.exclude(article__in=Article.objects.all()).count() == 0
        Article.objects.all().delete()


def test_an_article_deleted_while_it_is_embedded_is_no_error(monkeypatch):
    article, _ = ingestion.save(Draft(title="Refunds", body="Old.", status="published"))
    monkeypatch.setattr(index, "embed_pending", lambda article_id: ingestion.delete(article_id) or 0)
    ingestion.embed(article.pk)
    assert not Article.objects.exists()
