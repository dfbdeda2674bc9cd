"""Opening hours of an inbox: `{"mon": [["09:00", "12:00"], ["13:00", "17:30"]], …}`; empty means always open."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def validate(value: Any) -> None:
    """Raise ValidationError unless `value` has the form above, each span ending after it starts."""
    if not isinstance(value, dict) or set(value) - set(DAYS):
        raise ValidationError(f"Opening hours map days ({', '.join(DAYS)}) to lists of spans.")
    for day, spans in value.items():
        try:
            ordered = all(_local(start) < _local(end) for start, end in spans)
        except (TypeError, ValueError) as error:
            raise ValidationError(f'{day}: write spans as ["09:00", "17:30"].') from error
        if not ordered:
            raise ValidationError(f"{day}: each span must end after it starts.")


def _local(text: str) -> time:
    """A time of day; ValueError when it names a zone: the inbox's counts."""
    value = time.fromisoformat(text)
    if value.tzinfo is not None:
        raise ValueError("a time with a zone")
    return value


def is_open(opening_hours: dict[str, list[list[str]]], timezone: str, at: datetime) -> bool:
    """Whether people answer at the aware moment `at`."""
    if not opening_hours:
        return True
    local = at.astimezone(ZoneInfo(timezone))
    spans = opening_hours.get(DAYS[local.weekday()], [])
    return any(time.fromisoformat(start) <= local.time() < time.fromisoformat(end) for start, end in spans)
