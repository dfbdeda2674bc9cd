"""One holder at a time, who notices when it is not theirs any more."""

import threading
import time

import pytest

from config.common import redis
from config.common.errors import Unavailable
from sessions_app.lock import HeldByAnother, Lost, hold


@pytest.fixture
def name(request):
    return f"test.{request.node.name}"


def wait_until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_who_comes_second_is_told_so(name):
    with hold(name), pytest.raises(HeldByAnother), hold(name):
        raise AssertionError("two holders")


def test_it_is_free_afterwards_also_after_an_error(name):
    """Red when `hold` releases only what went well."""
    with pytest.raises(RuntimeError), hold(name):
        raise RuntimeError
    with hold(name):
        pass
    assert redis.client().get(f"lock:{name}") is None


def test_a_redis_that_is_away_is_something_else(name, redis_away):
    """Red when `hold` lets redis.Error out."""
    with pytest.raises(Unavailable), hold(name):
        raise AssertionError("held without Redis")


def test_it_outlives_its_time_while_it_is_worked_on(name):
    """Red without the heartbeat."""
    with hold(name, 0.6) as held:
        threading.Event().wait(1.5)
        held.check()
        with pytest.raises(HeldByAnother), hold(name):
            raise AssertionError("two holders")


def test_it_runs_out_when_its_holder_is_gone(name):
    redis.client().lock(f"lock:{name}", timeout=0.2, blocking=False).acquire()
    wait_until(lambda: not redis.client().exists(f"lock:{name}"))
    with hold(name):
        pass


def test_who_lost_it_notices(name):
    """Before its time is over. Red when `_extend` does not look at who owns it."""
    with hold(name, 6) as held:
        redis.client().set(f"lock:{name}", "another")
        wait_until(lambda: held.lost, 4)
        with pytest.raises(Lost):
            held.check()


def test_who_lost_it_leaves_it_to_the_new_holder(name):
    """Red when `release` deletes without comparing."""
    with hold(name):
        redis.client().set(f"lock:{name}", "another")
    assert redis.client().get(f"lock:{name}") == b"another"


def test_it_counts_as_lost_when_redis_is_away_for_too_long(name, away_after):
    """Red when `lost` does not look at the clock."""
    with hold(name, 0.5) as held, away_after():
        assert not held.lost
        wait_until(lambda: held.lost)
