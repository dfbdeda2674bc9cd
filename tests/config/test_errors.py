"""The two shapes of an error: a problem document, and a frame."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions

from config.common import errors
from config.common.api import flatten, to_domain


def test_a_problem_document():
    error = errors.Conflict("Someone else was faster.", messages=[1])
    assert errors.problem(error, "/api/v1/x", "id-1") == {
        "type": "urn:replywell:error:conflict",
        "title": "Conflict",
        "status": 409,
        "detail": "Someone else was faster.",
        "instance": "/api/v1/x",
        "request_id": "id-1",
        "messages": [1],
    }


def test_a_frame():
    assert errors.frame(errors.NotFound(), "id-1") == {
        "type": "error",
        "code": "not_found",
        "detail": "Not found.",
        "request_id": "id-1",
    }


def test_a_frame_names_the_message_and_the_wait():
    frame = errors.frame(errors.RateLimited(1.2), "id-1", client_id="c")
    assert (frame["client_id"], frame["retry_after"], frame["code"]) == ("c", 2, "rate_limited")


def test_a_frame_holds_back_what_is_for_http_only():
    assert "messages" not in errors.frame(errors.Conflict(messages=[1]), "id-1")


def test_not_there_and_not_yours_look_the_same():
    hidden = to_domain(Http404("secret"))
    assert hidden is not None
    assert errors.problem(errors.NotFound(), "/x", "i") == errors.problem(hidden, "/x", "i")


def test_an_error_without_words_has_some():
    for kind in (errors.DomainError, errors.Invalid, errors.Unauthorized, errors.Forbidden, errors.Unavailable):
        assert kind().detail
        assert str(kind()) == kind().detail


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (Http404("x"), 404),
        (PermissionDenied("x"), 403),
        (exceptions.PermissionDenied(), 403),
        (exceptions.NotAuthenticated(), 401),
        (exceptions.AuthenticationFailed("x"), 401),
        (exceptions.NotFound("x"), 404),
        (exceptions.ValidationError({"a": ["b"]}), 400),
        (exceptions.ParseError(), 400),
        (exceptions.MethodNotAllowed("PUT"), 405),
        (exceptions.UnsupportedMediaType("x"), 415),
        (RequestDataTooBig(), 413),
        (errors.Conflict(), 409),
    ],
)
def test_what_frameworks_raise(raised, status):
    domain = to_domain(raised)
    assert domain is not None
    assert domain.status == status


def test_what_nobody_expects_is_no_domain_error():
    assert to_domain(RuntimeError("x")) is None


def test_nested_field_errors_are_flat():
    detail = {"title": ["too long", "not text"], "tags": [{"0": ["bad"]}], "non_field_errors": ["both"]}
    assert flatten(detail) == [
        {"field": "title", "message": "too long"},
        {"field": "title", "message": "not text"},
        {"field": "tags.0", "message": "bad"},
        {"field": "non_field_errors", "message": "both"},
    ]
    assert flatten(["both"]) == [{"field": "non_field_errors", "message": "both"}]
