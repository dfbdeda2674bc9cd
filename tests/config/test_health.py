"""The probes: alive, ready, and well in each part."""

import pytest

from config import health
from knowledge.models import IndexRecord
from tests.knowledge import reindexing

pytestmark = pytest.mark.django_db


@pytest.fixture
def warm():
    from knowledge.embeddings import backend

    backend().encode("warm")


def test_alive_says_nothing_else(client):
    assert client.get("/livez").json() == {"status": "ok"}


def test_every_part_is_looked_at(client, warm):
    response = client.get("/health")
    assert response.status_code == 200
    report = response.json()
    assert report["status"] == "ok"
    assert set(report["components"]) == {"database", "migrations", "redis", "embedding_model"}
    for state in report["components"].values():
        assert state["status"] == "ok"
        assert state["latency_ms"] >= 0


def test_ready_when_all_is_there(client, warm):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "failing": []})


def test_without_redis_not_ready_but_alive(client, warm, redis_away):
    """Red when `_redis` does not ask."""
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "failing", "failing": ["redis"]})
    assert client.get("/livez").status_code == 200


def test_details_name_no_hosts(client, warm, redis_away):
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["components"]["redis"]["detail"] == "ConnectionError"
    assert "127.0.0.1" not in response.content.decode()
    assert "localhost" not in response.content.decode()


def test_a_part_that_says_what_is_wrong():
    def check() -> None:
        raise health.NotWell("still loading")

    assert health.examine(check)["detail"] == "still loading"


@pytest.mark.parametrize(
    ("address", "forwarded", "status"), [("127.0.0.1", "", 200), ("8.8.8.8", "", 404), ("127.0.0.1", "8.8.8.8", 404)]
)
def test_metrics_are_for_our_own_network(client, address, forwarded, status):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_an_old_pgvector_is_not_well(client, warm, monkeypatch):
    """Red when the version is not compared."""
    monkeypatch.setattr(health, "MIN_PGVECTOR", (99, 0))
    response = client.get("/health")
    assert response.status_code == 503
    assert "pgvector" in response.json()["components"]["database"]["detail"]
    assert client.get("/readyz").json()["failing"] == ["database"]


def test_a_model_that_does_not_fit_the_index_is_not_well(client, warm):
    """Red when nobody compares its dimensions with the index's."""
    reindexing.ensure_recorded()
    IndexRecord.objects.update(dimensions=512)
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["components"]["embedding_model"]["detail"].startswith("gives 384 dimensions")
