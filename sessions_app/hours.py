"""Opening hours of an inbox: `{"mon": [["09:00", "12:00"], ["22:00", "06:00"]], …}`; empty means always open.

A span belongs to the day it starts on. One that ends before it starts goes on into the next day; `24:00` is the end of
the day. All times are the wall clock's in the inbox's time zone.
"""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = "24:00"


def validate(value: Any) -> None:
    """Raise ValidationError unless `value` has the form above, each span being of some length."""
    if not isinstance(value, dict) or set(value) - set(DAYS):
        raise ValidationError(f"Opening hours map days ({', '.join(DAYS)}) to lists of spans.")
    for day, spans in value.items():
        try:
            empty = any(_start(start) == _end(end) for start, end in spans)
        except (TypeError, ValueError) as error:
            raise ValidationError(f'{day}: write spans as ["09:00", "17:30"].') from error
        if empty:
            raise ValidationError(
                f'{day}: a span must end at another time than it starts. All day is ["00:00", "24:00"].'
            )


def validate_timezone(value: str) -> None:
    """Raise ValidationError unless `value` names a time zone of the IANA database."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone. Write it as Europe/Berlin.")


def is_open(opening_hours: dict[str, list[list[str]]], timezone: str, at: datetime) -> bool:
    """Whether people answer at the aware moment `at`."""
    if not opening_hours:
        return True
    local = at.astimezone(ZoneInfo(timezone))
    now = _since_midnight(local.time())
    today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
    begun = any(start <= now and (now < end or end < start) for start, end in _spans(opening_hours, today))
    return begun or any(now < end < start for start, end in _spans(opening_hours, yesterday))


def _spans(opening_hours: dict[str, list[list[str]]], day: str) -> list[tuple[timedelta, timedelta]]:
    return [(_start(start), _end(end)) for start, end in opening_hours.get(day, [])]


def _start(text: str) -> timedelta:
    """How long after midnight; ValueError when it names a zone: the inbox's counts."""
    value = time.fromisoformat(text)
    if value.tzinfo is not None:
        raise ValueError("a time with a zone")
    return _since_midnight(value)


def _end(text: str) -> timedelta:
    return timedelta(days=1) if text == MIDNIGHT else _start(text)


def _since_midnight(value: time) -> timedelta:
    return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
