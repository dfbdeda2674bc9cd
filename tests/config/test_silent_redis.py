"""A Redis that is stopped holds one caller for a moment, not every one of them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.common import redis, redis_gate
from tests.proxy import Proxy, address_of_redis


@pytest.fixture
def way(settings, monkeypatch, tmp_path):
    """The way to Redis, frozen: it accepts connections and says nothing, as a process after SIGSTOP."""
    monkeypatch.setattr(redis, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(redis_gate, "PAUSE_SECONDS", 0.2)
    with Proxy(tmp_path / "redis.sock", address_of_redis(settings.REDIS_URL)) as proxy:
        settings.REDIS_URL = f"unix://{proxy.front}?db=0"
        redis.client.cache_clear()
        proxy.frozen = True
        yield proxy
        proxy.frozen = False
    redis.client.cache_clear()


def seconds_of(command) -> float:
    started = time.monotonic()
    with pytest.raises(redis.Error):
        command()
    return time.monotonic() - started


def test_after_a_timeout_nobody_waits(way):
    """Red when the gate lets everybody through: a request with three commands would wait three times."""
    assert seconds_of(redis.client().ping) >= 0.3
    assert seconds_of(redis.client().ping) < 0.1
    assert seconds_of(redis.client().pipeline().get("key").execute) < 0.1
    assert seconds_of(lambda: redis.client().pipeline().watch("key")) < 0.1


def test_one_tries_again_while_the_others_go_on(way):
    """Red when the gate opens for all of them after the pause."""
    seconds_of(redis.client().ping)
    time.sleep(0.25)  # the pause is what is tested
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: seconds_of(redis.client().ping), range(8)))
    assert sum(wait >= 0.3 for wait in waits) == 1


def test_a_redis_that_is_back_is_used_again(way):
    seconds_of(redis.client().ping)
    way.frozen = False
    time.sleep(0.25)  # the pause is what is tested
    assert redis.client().ping()
    assert redis.client().ping()


def test_a_connection_that_redis_closed_is_made_anew(way):
    """Redis was restarted. Red with retry=Retry(NoBackoff(), 0)."""
    way.frozen = False
    assert redis.client().ping()
    way.reset()
    assert redis.client().ping()
