"""A cluster: every command and script keeps to one slot, and wake-ups reach all nodes."""

import asyncio
import uuid

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from config import checks
from config.common import redis
from config.common.errors import Unavailable
from config.common.ratelimit import Policy
from config.common.rates import Rate
from config.common.redis_url import RedisUrl
from sessions_app import cleanup, rotation
from sessions_app.cache import Listener, SessionCache
from sessions_app.lock import HeldByAnother, hold
from sessions_app.store import SHARDS, index_key, record_key, store
from tests.config.redis_servers import Server, servers, wait_until
from tests.sessions_app.test_store import make


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    with servers(tmp_path_factory.mktemp("cluster")) as start:
        yield start.cluster()


@pytest.fixture
def url(nodes: list[Server], settings):
    """With a dead node in front."""
    settings.REDIS_URL = "redis+cluster://127.0.0.1:1," + ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    redis.client.cache_clear()
    yield settings.REDIS_URL
    redis.client.cache_clear()


def test_sessions_live_on_all_nodes(url, nodes):
    """Red when a record and its index carry no common hash tag."""
    sessions = [make() for _ in range(60)]
    for session in sessions:
        store.create(session)
        assert store.load(session.id) == session
        assert store.update(session.id, lambda old: old.refreshed(2)) == session.refreshed(2)
    assert all(node.client().dbsize() for node in nodes)
    assert rotation.count() == 60
    assert sum(batch["current"] for batch in rotation.renew_sessions()) == 60
    redis.client().delete(record_key(sessions[0].id))
    redis.client().zadd(index_key(sessions[0].id.hex[0]), {sessions[0].id.hex: 1})
    assert sum(cleanup.forget_expired(shard) for shard in SHARDS) == 1
    for session in sessions:
        store.delete(session.id)
    assert rotation.count() == 0


def test_limits_and_locks(url):
    Policy("cluster", Rate(1, 60), fail_open=False).check(uuid.uuid4().hex)
    with hold("cluster"), pytest.raises(HeldByAnother), hold("cluster"):
        raise AssertionError("two holders")


def test_changes_are_heard_wherever_they_happen(url):
    cache = SessionCache()
    listener = Listener(cache)
    listener.start()
    wait_until(lambda: cache.listening)
    for session in [make() for _ in range(10)]:
        store.create(session)
        cache.fill(session.id, store.load)
        store.delete(session.id)
        wait_until(lambda session=session: cache.get(session.id) is None, 2)
    listener.stop()


async def test_wake_ups_travel_between_nodes(url, nodes):
    """Red when AnyNodeConnection gives up at the first node."""
    ports = [node.port for node in nodes]
    layers = [
        RedisPubSubChannelLayer(hosts=[RedisUrl.parse(f"redis+cluster://127.0.0.1:1,127.0.0.1:{port}").channel_host()])
        for port in ports[:2]
    ]
    channel = await layers[0].new_channel()
    await layers[0].group_add("g", channel)
    receiving = asyncio.create_task(layers[0].receive(channel))
    async with asyncio.timeout(10):
        while not receiving.done():
            await layers[1].group_send("g", {"n": 1})
            await asyncio.wait([receiving], timeout=0.1)
    assert receiving.result() == {"n": 1}
    for layer in layers:
        await layer.flush()


def test_a_cluster_that_is_away_is_unavailable(settings, unused_tcp_port):
    """Red when redis.Error leaves RedisClusterException out."""
    settings.REDIS_URL = f"redis+cluster://127.0.0.1:{unused_tcp_port}"
    redis.client.cache_clear()
    with pytest.raises(Unavailable):
        store.load(uuid.uuid4())
    redis.client.cache_clear()


def test_celery_cannot_use_it_and_says_so(settings):
    settings.CELERY_BROKER_URL = RedisUrl.parse("redis+cluster://h").broker()[0]
    assert [problem.id for problem in checks.broker()] == ["replywell.E005"]
    settings.CELERY_BROKER_URL = "redis://h"
    assert checks.broker() == []
