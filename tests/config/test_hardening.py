"""What docs/security.md says of headers, passwords and metrics."""

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from sessions_app.models import ApiKey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/conversations", "/api/v1/sessions", "/api/v1/nowhere"])
def test_nothing_that_the_api_answers_is_kept(path):
    """Red when NoStoreMiddleware is taken out, or stands inside of what makes problem documents."""
    assert Client().get(path)["Cache-Control"] == "no-store"


def test_passwords_are_long_unusual_and_hashed_with_argon2():
    """Red when a validator is taken out, or PBKDF2 becomes the first hasher."""
    for bad in ("elevenchars", "q1w2e3r4t5y6"):
        with pytest.raises(ValidationError):
            validate_password(bad)
    validate_password("twelve-chars")
    assert make_password("twelve-chars").startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [("127.0.0.1", None, 200), ("8.8.8.8", None, 404), ("127.0.0.1", "8.8.8.8", 404)],
    ids=["own", "foreign", "through a proxy"],
)
def test_metrics_are_for_the_own_network(address, forwarded, status):
    """Red when `metrics` does not ask is_internal, or that ignores X-Forwarded-For."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize("query", ["page=null", "page=0", "page_size=201", "page_size=0", "page_size=x"])
def test_a_page_that_is_no_number_in_its_limits_is_refused(query, integration):
    """Red when Pagination leaves either to its base class, which takes the nearest or the first."""
    response = integration.get(f"/api/v1/conversations?{query}")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize("query", ["page=1", "page_size=1", "page_size=200", "page="])
def test_a_page_within_its_limits(query, integration):
    assert integration.get(f"/api/v1/conversations?{query}").status_code == 200


def test_a_page_behind_the_last_one_is_not_there(integration):
    assert integration.get("/api/v1/conversations?page=2147483647").status_code == 404


@pytest.fixture
def integration():
    """A client with a key that may read conversations."""
    _, key = ApiKey.issue("test", ["conversations:read"])
    return Client(headers={"Authorization": f"Api-Key {key}"})
