"""Time by Redis' clock, between looks by the monotonic one."""

import time

import pytest

from config.common import clock


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.setattr(clock, "_offset", None)


def test_a_process_that_has_not_seen_the_servers_time_asks(monkeypatch):
    """Red when `timestamp` takes the local clock where there is no offset yet."""
    monkeypatch.setattr("time.time", lambda: 5.0)
    assert clock.timestamp() > 1_000_000_000


def test_the_local_clock_while_there_is_no_other(redis_away):
    assert clock.timestamp() == pytest.approx(time.time(), abs=1)


def test_the_servers_time_is_taken_over():
    clock.observe(1_000_000.0)
    assert clock.timestamp() == pytest.approx(1_000_000, abs=1)
    assert clock.now().year == 1970


def test_a_jump_of_the_local_clock_does_not_matter(monkeypatch):
    """Red when `timestamp` goes on by time.time()."""
    clock.observe(1_000_000.0)
    monkeypatch.setattr("time.time", lambda: 5.0)
    assert clock.timestamp() == pytest.approx(1_000_000, abs=1)
