"""What all REST endpoints share: JSON in, problem documents out, pages."""

import codecs
import json
import math
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from config.common import errors
from config.common.bodies import integer, whole


class StrictJSONParser(JSONParser):
    """JSON objects only, in UTF-8, without NaN or infinities; anything else is a 400 that says so."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            reader = codecs.getreader("utf-8")(stream)
            data = json.load(reader, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("The body is not valid JSON.") from error
        if not isinstance(data, dict):
            raise exceptions.ParseError("The body must be a JSON object.")
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


class Pagination(PageNumberPagination):
    """`{count, next, previous, results}`, `?page=` and `?page_size=`. What is no page of the list is 404."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    MAX_PAGE = 2**31 - 1
    PARAMETERS = (
        whole("page", MAX_PAGE, "The first is 1.", minimum=1),
        whole("page_size", max_page_size, f"{page_size} unless told.", minimum=1),
    )

    def get_page_number(self, request: Any, paginator: Any) -> int:
        return integer(request, "page", 1, self.MAX_PAGE, minimum=1)

    def get_page_size(self, request: Any) -> int:
        return integer(request, "page_size", self.page_size, self.max_page_size, minimum=1)


def flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested error detail as `[{field, message}]`."""
    if isinstance(detail, Mapping):
        return [
            entry for key, value in detail.items() for entry in flatten(value, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(detail, list):
        return [entry for value in detail for entry in flatten(value, path)]
    return [{"field": path or "non_field_errors", "message": str(detail)}]


def to_domain(error: Exception) -> errors.DomainError | None:
    """The domain error that stands for a framework's exception, or None for an unexpected one."""
    match error:
        case errors.DomainError():
            return error
        case Http404():
            return errors.NotFound()
        case exceptions.ValidationError():
            return errors.Invalid("Some fields are not valid.", flatten(error.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return errors.Unauthorized()
        case exceptions.PermissionDenied() | PermissionDenied():
            return errors.Forbidden()
        case exceptions.NotFound():
            # DRF words an out-of-range page as 404
            return errors.NotFound(str(error.detail))
        case OperationalError() | InterfaceError():
            return errors.Unavailable()  # PostgreSQL is away, or went away meanwhile
        case RequestDataTooBig():
            return _with_status(413, "The body is too large.")
        case exceptions.APIException():
            return _with_status(error.status_code, str(error.detail))
    return None


def _with_status(status: int, detail: str) -> errors.DomainError:
    error = errors.Invalid(detail)
    error.status = status
    return error


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every expected error as application/problem+json; None hands the rest to ErrorMiddleware."""
    domain = to_domain(error)
    if domain is None:
        return None
    return problem_response(domain, context["request"])


def problem_response(error: errors.DomainError, request: Any) -> Response:
    """`error` as a DRF response."""
    response = Response(
        errors.problem(error, request.path, getattr(request, "request_id", "")),
        status=error.status,
        content_type="application/problem+json",
    )
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="replywell"'
    if "retry_after" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after"])
    return response
