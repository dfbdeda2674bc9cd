"""The one Redis client factory.

Commands run on threads, through the blocking client: a redis-py command that is cancelled half-way can hand its
reply to the next caller of the connection, and a thread cannot be cancelled.
"""

import hashlib
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel

from config.common.redis_gate import Gate, GatedRedis
from config.common.redis_url import RedisUrl

# The cluster client says so, with an exception that is not a RedisError, when it finds no node at all.
Error = (redis.RedisError, RedisClusterException)

# Fail fast: a stopped Redis must not hold a request for longer than this.
TIMEOUT_SECONDS = 1.5


@cache
def client() -> redis.Redis:
    """The process's client with its thread-safe pool; replies are bytes.

    What it is used for is safe in a cluster: all keys of one command or script carry the same hash tag.
    """
    url = RedisUrl.parse(settings.REDIS_URL)
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "health_check_interval": 30,
    }
    if url.kind == "cluster":
        return _cluster(url, options)
    # A connection that Redis closed when it restarted is made anew. Not after a timeout: that would wait twice.
    options["retry"] = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    made: Any = GatedRedis.from_url(url.url, **options) if url.kind == "single" else _sentinel(url, options)
    made.gate = Gate(TIMEOUT_SECONDS)
    return made  # type: ignore[no-any-return]


def _sentinel(url: RedisUrl, options: dict[str, Any]) -> GatedRedis:
    """A client of the primary that the sentinels name."""
    options = options | url.login | ({"ssl": True} if url.tls else {})
    once = {"retry": Retry(NoBackoff(), 0)}
    manager = Sentinel(list(url.nodes), sentinel_kwargs=url.sentinel_options | once)  # type: ignore[no-untyped-call]
    primary: GatedRedis = manager.master_for(url.service, GatedRedis, db=url.db, **options)  # type: ignore[no-untyped-call]
    return primary


def _cluster(url: RedisUrl, options: dict[str, Any]) -> redis.Redis:
    """A client of the whole cluster."""
    options = options | url.login | ({"ssl": True} if url.tls else {})
    # Twice, because the first time may be spent on finding out that a slot has moved to another node.
    nodes = [ClusterNode(host, port) for host, port in url.nodes]  # type: ignore[no-untyped-call]
    cluster: Any = RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 1), **options)
    return cluster  # type: ignore[no-any-return]


def run(script: str, keys: list[str], args: list[Any]) -> Any:
    """The reply of a Lua script, which is sent in full only to a server that does not know it yet.

    Not through redis-py's `Script`, which spends longer on finding out what it is called with than on the call.
    """
    try:
        return client().execute_command("EVALSHA", _digest(script), len(keys), *keys, *args)  # type: ignore[no-untyped-call]
    except NoScriptError:
        return client().execute_command("EVAL", script, len(keys), *keys, *args)  # type: ignore[no-untyped-call]


@cache
def _digest(script: str) -> str:
    """The name by which Redis knows a script."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
