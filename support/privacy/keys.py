"""Looking through every key of Redis and what it holds, decrypted where it is ours."""

from collections.abc import Callable, Iterator
from typing import Any

from config.common import redis
from config.common.crypto import InvalidToken, box
from config.common.errors import Unavailable

# How anything begins that Fernet has encrypted.
_ENCRYPTED = b"gAAAA"


def search(holds: Callable[[str], bool]) -> Iterator[str | None]:
    """For each key: its name if `holds` says so of the name or of what is stored there, else None. Raises Unavailable."""
    try:
        for key in redis.client().scan_iter(count=1000):
            name = _text(key)
            yield name if holds(name) or any(holds(_text(data)) for data in _stored(key)) else None
    except redis.Error as error:
        raise Unavailable() from error


def _stored(key: bytes) -> Iterator[bytes]:
    """All that is stored under a key; nothing when it has expired meanwhile."""
    client: Any = redis.client()
    kind = _text(client.type(key))
    if kind == "string":
        yield client.get(key) or b""
    elif kind == "hash":
        for field, data in client.hscan_iter(key):
            yield from (field, data)
    elif kind == "list":
        yield from client.lrange(key, 0, -1)
    elif kind == "set":
        yield from client.sscan_iter(key)
    elif kind == "zset":
        yield from (member for member, _ in client.zscan_iter(key))
    elif kind == "stream":
        yield from (part for _, fields in client.xrange(key) for pair in fields.items() for part in pair)


def _text(data: bytes) -> str:
    if data.startswith(_ENCRYPTED):
        try:
            data = box().decrypt(data)
        except InvalidToken:
            pass  # another installation's, or under a key that is gone: nobody can read it
    return data.decode("utf-8", "replace")
