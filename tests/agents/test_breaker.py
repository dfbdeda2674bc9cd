"""A provider that is down is left alone, by all processes; one that is back is found out with a single call."""

import asyncio
import uuid

import pytest

from agents.breaker import Breaker
from agents.chunks import ModelError
from agents.providers import Provider
from config.common import redis

DOWN = ModelError("HTTP 500")


@pytest.fixture
def breakers(settings):
    """Breakers of one provider in two processes."""
    settings.MODEL_BREAKER_FAILURES = 3
    provider = Provider("http://127.0.0.1:1/v1", "key", uuid.uuid4().hex)
    return Breaker(provider), Breaker(provider)


async def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        await breaker.failed(DOWN)


def cool_down(breaker: Breaker) -> None:
    """As if the time it is open for had passed."""
    redis.client().hset(breaker._keys[0], "until", "1")


def left_open(breaker: Breaker) -> float:
    """The seconds it stays open for."""
    seconds, millionths = redis.client().time()
    until = redis.client().hget(breaker._keys[0], "until")
    assert until is not None
    return float(until) - seconds - millionths / 1e6


async def test_it_opens_after_so_many_failures_for_all(breakers):
    """Red when `_FAILED` counts in the process."""
    one, other = breakers
    assert await one.admits()
    await fail(one, 1)
    await fail(other, 1)
    assert await one.admits()
    await fail(one, 1)
    assert not await one.admits()
    assert not await other.admits()


async def test_a_success_between_failures_counts(breakers):
    """Red when `succeeded` forgets nothing."""
    one, _ = breakers
    await fail(one, 2)
    await one.succeeded()
    await fail(one, 2)
    assert await one.admits()


async def test_one_call_at_a_time_tries_again(breakers):
    """Red when `_ADMITS` lets everybody through after the cool-down."""
    one, other = breakers
    await fail(one, 3)
    cool_down(one)
    admitted = await asyncio.gather(*(breaker.admits() for breaker in breakers for _ in range(10)))
    assert sum(admitted) == 1
    await other.succeeded()
    assert await one.admits()
    assert await other.admits()


async def test_it_opens_for_longer_each_time(breakers):
    one, _ = breakers
    await fail(one, 3)
    assert 9 < left_open(one) <= 10
    for expected in (20, 40, 80, 160, 300, 300):
        cool_down(one)
        assert await one.admits()
        await fail(one, 1)
        assert expected - 1 < left_open(one) <= expected


@pytest.mark.parametrize(("asked", "left"), [(30.0, 30), (1e9, 300), (float("inf"), 300)])
async def test_a_provider_that_asks_for_time_gets_it(breakers, asked, left):
    one, other = breakers
    await one.failed(ModelError("HTTP 429", retry_after=asked))
    assert not await other.admits()
    assert left - 1 < left_open(one) <= left


async def test_a_wrong_request_is_not_the_providers_fault(breakers):
    """Red when `failed` does not look at `blames_request`."""
    one, _ = breakers
    for _ in range(5):
        await one.failed(ModelError("HTTP 400", permanent=True, blames_request=True))
    assert await one.admits()


async def test_it_can_be_switched_off(breakers, settings):
    settings.MODEL_BREAKER_FAILURES = 0
    await fail(breakers[0], 20)
    assert await breakers[0].admits()


async def test_without_redis_it_is_closed(breakers, monkeypatch):
    one, _ = breakers
    await fail(one, 3)

    def gone(*_):
        raise redis.Error[0]("gone")

    monkeypatch.setattr(redis, "run", gone)
    assert await one.admits()
    await one.failed(DOWN)
