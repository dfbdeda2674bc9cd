"""The one Redis client factory.

Commands run on threads, through the blocking client: a redis-py command that is cancelled half-way can hand its
reply to the next caller of the connection, and a thread cannot be cancelled.
"""

from functools import cache

import redis
from django.conf import settings

Error = redis.RedisError

# Fail fast: a stopped Redis must not hold a request for longer than this.
TIMEOUT_SECONDS = 2.0


@cache
def client() -> redis.Redis:
    """The process's client with its thread-safe pool; replies are bytes."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        health_check_interval=30,
    )
