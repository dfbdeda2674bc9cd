"""A Redis that is away costs a moment, not the request."""

import socket
import threading
import time

import pytest

from config.common import redis


def test_refused_at_once(redis_away):
    """Red when `retry` is redis-py's own: ten tries with pauses, seconds in all."""
    started = time.monotonic()
    with pytest.raises(redis.Error):
        redis.client().ping()
    assert time.monotonic() - started < 1


def test_a_silent_redis_is_asked_once(redis_at, monkeypatch):
    """A stopped process accepts and says nothing. Red when `retry` covers timeouts too: a second and a half becomes three."""
    monkeypatch.setattr(redis, "TIMEOUT_SECONDS", 0.2)
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    accepted.append(server.accept())
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        redis_at(server.getsockname()[1])
        with pytest.raises(redis.Error):
            redis.client().ping()
        server.shutdown(socket.SHUT_RDWR)
    assert len(accepted) == 1
    for connection, _ in accepted:
        connection.close()
