"""What can go wrong, said once: every domain error becomes a problem document (RFC 9457) or an `error` frame."""

import math
from http import HTTPStatus
from typing import Any


class DomainError(Exception):
    """An error that the caller is told about.

    `status` is for HTTP, `code` for WebSocket frames. `detail` must be fit for the caller's eyes. `extra` holds
    further members of the problem document (RFC 9457 §3.2).
    """

    status = 500
    code = "internal"
    default_detail = "Something went wrong on our side."

    def __init__(self, detail: str = "", **extra: Any) -> None:
        self.detail = detail or self.default_detail
        self.extra = extra
        super().__init__(self.detail)


class Invalid(DomainError):
    """The request is understood and wrong; `errors` says which fields and why."""

    status, code, default_detail = 400, "invalid_frame", "The request is not valid."

    def __init__(self, detail: str = "", errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail, **({"errors": errors} if errors else {}))


class InvalidText(Invalid):
    """A message text that is empty, too long, or not storable."""

    code = "invalid_text"


class Unauthorized(DomainError):
    """No credentials, or none that hold."""

    status, code, default_detail = 401, "unauthorized", "Valid credentials are required."


class Forbidden(DomainError):
    """Valid credentials that do not reach this far."""

    status, code, default_detail = 403, "forbidden", "These credentials do not allow this."


class NotFound(DomainError):
    """Not there, or not for this caller: the two must look the same."""

    status, code, default_detail = 404, "not_found", "Not found."


class Conflict(DomainError):
    """The state moved on; `extra` tells the caller what it needs to catch up."""

    status, code, default_detail = 409, "conflict", "The conversation is in another state."


class RateLimited(DomainError):
    """Too many; try again after `retry_after` seconds."""

    status, code, default_detail = 429, "rate_limited", "Too many requests. Please wait a moment."

    def __init__(self, retry_after: float, detail: str = "") -> None:
        super().__init__(detail, retry_after=max(1, math.ceil(retry_after)))


class Unavailable(DomainError):
    """A part we depend on is away; trying again later is right."""

    status, code, default_detail = 503, "unavailable", "The service is temporarily unavailable."


def problem(error: DomainError, instance: str, request_id: str) -> dict[str, Any]:
    """The RFC 9457 document of `error`."""
    return {
        "type": f"urn:replywell:error:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "instance": instance,
        "request_id": request_id,
        **error.extra,
    }


def frame(error: DomainError, request_id: str, client_id: str | None = None) -> dict[str, Any]:
    """The `error` frame of `error`; the socket lives on."""
    answer: dict[str, Any] = {
        "type": "error",
        "code": error.code,
        "detail": error.detail,
        "request_id": request_id,
    }
    if client_id is not None:
        answer["client_id"] = client_id
    if "retry_after" in error.extra:
        answer["retry_after"] = error.extra["retry_after"]
    return answer
