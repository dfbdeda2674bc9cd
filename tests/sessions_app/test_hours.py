"""When people answer."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from sessions_app import hours
from sessions_app.models import Inbox

WEEK = {"mon": [["09:00", "12:00"], ["13:00", "17:30"]]}


def monday(hour: int, minute: int = 0) -> datetime:
    """So long after the midnight that a Monday begins with."""
    return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


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


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (monday(5, 59), False),
        (monday(21, 59), False),
        (monday(22), True),
        (monday(23, 59), True),
        (monday(24), True),
        (monday(29, 59), True),
        (monday(30), False),
        (monday(46), False),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_starts_on(at, is_open):
    """Red when `is_open` does not look at yesterday's spans, and when it lets every span run into the next day."""
    assert hours.is_open({"mon": [["22:00", "06:00"]]}, "UTC", at) is is_open


def test_a_shift_from_sunday_reaches_monday():
    assert hours.is_open({"sun": [["22:00", "06:00"]]}, "UTC", monday(5))


@pytest.mark.parametrize("second", [0, 59])
def test_a_day_ends_at_24(second):
    """Red when `_end` takes 24:00 for 23:59."""
    last_minute = datetime(2026, 11, 23, 23, 59, second, tzinfo=UTC)
    assert hours.is_open({"mon": [["18:00", "24:00"]]}, "UTC", last_minute)
    assert not hours.is_open({"mon": [["18:00", "24:00"]]}, "UTC", monday(24))


@pytest.mark.parametrize(
    "value", [{}, WEEK, {"sun": []}, {"mon": [["00:00", "24:00"]]}, {"sun": [["22:00", "06:00"], ["23:00", "00:00"]]}]
)
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
        {"mon": [["24:00", "06:00"]]},
        {"mon": [["22:00", "24:30"]]},
        {"mon": [["09:00", "09:00"]]},
        {"mon": [[9, 17]]},
        {"mon": [["09:00+02:00", "17:00+02:00"]]},
        {"mon": [["09:00", "17:00+02:00"]]},
    ],
)
def test_bad_hours(value):
    with pytest.raises(ValidationError):
        hours.validate(value)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_good_time_zones(name):
    Inbox._meta.get_field("timezone").clean(name, None)


@pytest.mark.parametrize("name", ["Berlin", "Europe/Nowhere", "../etc/passwd", "+02:00", "europe/berlin "])
def test_bad_time_zones(name):
    with pytest.raises(ValidationError):
        Inbox._meta.get_field("timezone").clean(name, None)
