"""Bodies and query parameters of REST endpoints: checking them, and describing them."""

from typing import Any
from uuid import UUID

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from config.common.errors import Invalid
from config.common.text import check_text, storable


class CleanCharField(serializers.CharField):
    """Text that PostgreSQL and JSON can carry."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a string")
        if not storable(data):
            raise serializers.ValidationError("must not contain NUL or unpaired surrogates")
        return str(super().to_internal_value(data))


class IdField(serializers.UUIDField):
    """A UUID, written as one: a number or a truth value is none, whatever could be made of it."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a string")
        found: UUID = super().to_internal_value(data)
        return found


class NumberField(serializers.IntegerField):
    """A whole number, and no text that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError("must be a number")
        return int(super().to_internal_value(data))


class SwitchField(serializers.BooleanField):
    """`true` or `false`, and no word or number for them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("must be true or false")
        return data


class CleanCharFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """How clean text appears in the OpenAPI document: without NUL, and with something to see unless it may be blank."""

    target_class = CleanCharField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        schema["type"] = "string"  # whoever asked says whether it may be null
        something = "" if self.target.allow_blank else r"\S[^\x00]*"
        return schema | {"pattern": rf"^[^\x00]*{something}$"}


class Input(serializers.Serializer[Any]):
    """A request body."""


class Output(serializers.Serializer[Any]):
    """A response body; only described, never used to render."""


class FieldErrorOutput(Output):
    field = serializers.CharField()
    message = serializers.CharField()


class ProblemOutput(Output):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldErrorOutput(many=True, required=False)  # type: ignore[assignment]


PROBLEM = OpenApiResponse(ProblemOutput, description="What went wrong (RFC 9457, application/problem+json).")


def errors(*codes: int) -> dict[tuple[int, str], Any]:
    """The problem documents that an operation may answer with."""
    return dict.fromkeys([(code, "application/problem+json") for code in (*codes, 429)], PROBLEM)


def valid(serializer: type[Input], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """The validated body; a 400 naming the fields otherwise."""
    checked = serializer(data=data, partial=partial)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def whole(name: str, maximum: int, description: str = "", *, minimum: int = 0) -> OpenApiParameter:
    """How the OpenAPI document describes what `integer` reads."""
    kind = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return OpenApiParameter(name, kind, description=description)


def integer(request: Request, name: str, default: int, maximum: int, minimum: int = 0) -> int:
    """A whole number from the query string, `minimum` to `maximum`; Invalid otherwise."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and minimum <= int(text) <= maximum):
        raise invalid(name, f"must be a whole number from {minimum} to {maximum:,}")
    return int(text)


def choice(request: Request, name: str, choices: list[str]) -> str | None:
    """One of `choices` from the query string, None when it is not asked for; Invalid otherwise."""
    value = request.query_params.get(name) or None
    if value is not None and value not in choices:
        raise invalid(name, f"must be one of {', '.join(choices)}")
    return value


def words(name: str, maximum: int, description: str) -> OpenApiParameter:
    """How the OpenAPI document describes what `text` reads."""
    return OpenApiParameter(
        name, {"type": "string", "maxLength": maximum, "pattern": r"^[^\x00]*$"}, description=description
    )


def text(request: Request, name: str, maximum: int) -> str | None:
    """Text from the query string, None when there is nothing to see in it; Invalid for what PostgreSQL cannot compare."""
    value = request.query_params.get(name, "")
    return check_text(value, maximum, name) if value.strip() else None


def invalid(name: str, message: str) -> Invalid:
    """The 400 that names one field."""
    return Invalid(f"{name} {message}.", [{"field": name, "message": message}])
