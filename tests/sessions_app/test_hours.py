"""When people answer."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from sessions_app import hours

WEEK = {"mon": [["09:00", "12:00"], ["13:00", "17:30"]]}


def monday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (monday(8, 59), False),
        (monday(9), True),
        (monday(11, 59), True),
        (monday(12), False),
        (monday(13), True),
        (monday(17, 29), True),
        (monday(17, 30), False),
        (datetime(2026, 11, 24, 10, tzinfo=UTC), False),
    ],
)
def test_both_edges_of_a_span(at, is_open):
    assert hours.is_open(WEEK, "UTC", at) is is_open


def test_no_hours_mean_always():
    assert hours.is_open({}, "UTC", monday(3))


def test_the_inboxes_own_time_counts():
    """Red when `is_open` does not convert."""
    assert hours.is_open(WEEK, "America/New_York", monday(15))
    assert not hours.is_open(WEEK, "America/New_York", monday(9))


def test_the_day_is_the_local_one():
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert hours.is_open({"mon": [["00:00", "01:00"]]}, "Europe/Brussels", sunday_night)


@pytest.mark.parametrize("value", [{}, WEEK, {"sun": []}, {"mon": [["00:00", "23:59"]]}])
def test_good_hours(value):
    hours.validate(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "mon",
        {"monday": []},
        {"mon": None},
        {"mon": 7},
        {"mon": ["09:00"]},
        {"mon": [["09:00"]]},
        {"mon": [["09:00", "10:00", "11:00"]]},
        {"mon": [["nine", "ten"]]},
        {"mon": [["25:00", "26:00"]]},
        {"mon": [["10:00", "09:00"]]},
        {"mon": [["09:00", "09:00"]]},
        {"mon": [[9, 17]]},
        {"mon": [["09:00+02:00", "17:00+02:00"]]},
        {"mon": [["09:00", "17:00+02:00"]]},
    ],
)
def test_bad_hours(value):
    with pytest.raises(ValidationError):
        hours.validate(value)
