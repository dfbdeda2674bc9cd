"""Every error of the API is a problem document (RFC 9457) that gives nothing away."""

import json

import pytest
from django.core.signals import got_request_exception

from config import middleware

pytestmark = pytest.mark.django_db

START = "/api/v1/sessions"


def problem(response, status: int) -> dict:
    """The problem document, with all that each of them has."""
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    document = json.loads(response.content)
    assert set(document) >= {"type", "title", "status", "detail", "instance", "request_id"}
    assert document["status"] == status
    assert document["type"].startswith("urn:replywell:error:")
    assert document["request_id"] == response["X-Request-ID"]
    assert document["detail"]
    return document


def post(client, body: bytes | str, content_type: str = "application/json"):
    return client.post(START, body, content_type=content_type)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/v2/sessions", "/api/v1/conversations/not-an-id"])
def test_an_unknown_path(client, path):
    document = problem(client.get(path), 404)
    assert document["type"] == "urn:replywell:error:not_found"
    assert document["title"] == "Not Found"
    assert document["instance"] in {path, path.rstrip("/")}


@pytest.mark.parametrize("path", [START, START + "/"])
def test_with_and_without_a_trailing_slash(client, path):
    document = problem(client.post(path, "{}", content_type="application/json"), 400)
    assert [error["field"] for error in document["errors"]] == ["inbox"]


def test_a_wrong_method(client):
    problem(client.put(START, "{}", content_type="application/json"), 405)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "{'inbox': 1}",
        '{"inbox": NaN}',
        '{"inbox": "x", "metadata": {"a": Infinity}}',
        '{"inbox": "x", "metadata": {"a": -Infinity}}',
        '{"inbox": "x", "metadata": {"a": 1e999}}',
        "[]",
        '["inbox"]',
        '"text"',
        "null",
        "7",
        "true",
        b"\xff\xfe{",
        b'{"inbox": "\xff"}',
        '{"a":' * 100_000,
        '{"a": ' + "9" * 10_000 + "}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_is_no_json_object(client, body):
    """Red when StrictJSONParser is DRF's own."""
    problem(post(client, body), 400)


def test_another_content_type(client):
    problem(post(client, "inbox=x", "application/x-www-form-urlencoded"), 415)


def test_too_big_a_body(client, settings):
    """Red when StrictJSONParser reads the stream to its end."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = json.dumps({"inbox": "x", "metadata": {"x": "y" * 1000}})
    problem(post(client, body), 413)


def test_a_body_of_just_the_limit(client, settings):
    body = json.dumps({"inbox": "x", "metadata": {"x": "y" * 100}})
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
    problem(post(client, body), 404)


def test_no_credentials(client):
    response = client.get("/api/v1/conversations")
    problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_fields_are_named(client):
    document = problem(post(client, '{"inbox": 7, "locale": "x\\u0000"}'), 400)
    assert {error["field"] for error in document["errors"]} == {"inbox", "locale"}
    assert all(error["message"] for error in document["errors"])


@pytest.fixture
def failing(monkeypatch, client):
    """A view that raises what nobody expects, with what must not get out."""

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("secret-in-a-traceback")

    monkeypatch.setattr("support.sessions.start", explode)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("debug", [False, True])
def test_an_unexpected_error_shows_no_stack_trace(failing, settings, debug):
    """Red when `process_exception` returns None."""
    settings.DEBUG = debug
    response = post(failing, '{"inbox": "x"}')
    document = problem(response, 500)
    assert document["detail"] == "Something went wrong on our side."
    for word in (b"secret-in-a-traceback", b"Traceback", b"RuntimeError", b".py"):
        assert word not in response.content


def test_an_unexpected_error_is_reported(failing):
    """Sentry listens to this signal."""
    seen = []

    def listen(sender, request, **_: object) -> None:
        seen.append(request.path)

    got_request_exception.connect(listen)
    try:
        post(failing, '{"inbox": "x"}')
    finally:
        got_request_exception.disconnect(listen)
    assert seen == [START]


def test_pages_are_no_problem_documents(client):
    response = client.get("/nothing")
    assert response.status_code == 404
    assert not response["Content-Type"].startswith("application/problem+json")


def test_codes_of_plain_responses():
    assert middleware._CODES[404] == "not_found"
