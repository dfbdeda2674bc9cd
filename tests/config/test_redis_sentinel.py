"""A primary dies, its sentinels name another, and everything that speaks to Redis finds it by itself."""

import asyncio

import pytest
from celery import Celery
from channels_redis.pubsub import RedisPubSubChannelLayer

from config.common import redis
from config.common.ratelimit import Policy
from config.common.rates import Rate
from config.common.redis_url import RedisUrl
from sessions_app.cache import Listener, SessionCache
from sessions_app.lock import hold
from sessions_app.store import store
from tests.config.redis_servers import servers, wait_until
from tests.sessions_app.test_store import make


@pytest.fixture
def watched(tmp_path, settings):
    with servers(tmp_path) as start:
        primary, replica, sentinel = start.watched()
        # The first sentinel is a dead one.
        settings.REDIS_URL = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/main/0"
        redis.client.cache_clear()
        yield primary, replica
    redis.client.cache_clear()


def test_sessions_limits_and_locks_survive_a_fail_over(watched):
    """Red when the client is made for the primary's address instead of the sentinels'."""
    primary, replica = watched
    cache = SessionCache()
    listener = Listener(cache)
    listener.start()
    session = make()
    store.create(session)
    wait_until(lambda: cache.listening)
    wait_until(lambda: replica.client().dbsize() == 2)
    primary.kill()

    wait_until(lambda: store.load(session.id) == session)
    assert store.update(session.id, lambda old: old.refreshed(3)) == session.refreshed(3)
    Policy("fail-over", Rate(1, 60), fail_open=False).check("a")
    with hold("fail-over"):
        pass
    wait_until(lambda: cache.listening)
    cache.fill(session.id, store.load)
    store.delete(session.id)
    wait_until(lambda: cache.get(session.id) is None)
    listener.stop()


async def test_wake_ups_find_the_new_primary(watched, settings):
    primary, _ = watched
    layer = RedisPubSubChannelLayer(hosts=[RedisUrl.parse(settings.REDIS_URL).channel_host()])
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    assert await asyncio.wait_for(layer.receive(channel), 10) == {"n": 1}
    await asyncio.to_thread(primary.kill)
    receiving = asyncio.create_task(layer.receive(channel))
    async with asyncio.timeout(60):
        while not receiving.done():
            try:
                await layer.group_send("g", {"n": 2})
            except Exception:  # noqa: BLE001 - not yet
                pass
            await asyncio.wait([receiving], timeout=0.2)
    assert receiving.result() == {"n": 2}
    await layer.flush()


def test_tasks_find_the_new_primary(watched, settings):
    primary, _ = watched
    url, options = RedisUrl.parse(settings.REDIS_URL).broker()
    app = Celery("test", broker=url, set_as_current=False)
    app.conf.update(broker_transport_options=options, task_publish_retry_policy={"max_retries": 0})
    app.send_task("x", queue="q")
    primary.kill()

    def sent() -> bool:
        app.send_task("x", queue="q")
        return redis.client().llen("q") >= 1

    wait_until(sent)
    app.close()
