"""Looking for texts in everything that is stored, without any of the product's own code for it."""

import base64
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import connection

from config.common import redis

COLUMNS = """
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


def in_tables(texts: list[str]) -> dict[str, str]:
    """Where each text is: {text: table.column}, of every column there is, whatever its type."""
    patterns = [f"%{text}%" for text in texts]
    found: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for schema, table, column, kind in cursor.fetchall():
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            asked = f'FROM "{schema}"."{table}" WHERE {shown} ILIKE patterns.text'
            cursor.execute(
                f"SELECT substr(patterns.text, 2, length(patterns.text) - 2) FROM unnest(%s::text[]) AS patterns (text) "
                f"WHERE EXISTS (SELECT {asked})",
                [patterns],
            )
            found |= {text: f"{table}.{column}" for (text,) in cursor.fetchall()}
    return found


def in_redis(texts: list[str]) -> dict[str, str]:
    """Where each text is: {text: key}, of every key, its name and what it holds, decrypted."""
    keys = [Fernet(key) for key in settings.SESSION_ENCRYPTION_KEYS]
    assert base64.urlsafe_b64decode(settings.SESSION_ENCRYPTION_KEYS[0])
    found: dict[str, str] = {}
    client: Any = redis.client()
    for name in client.keys("*"):
        held = name + b"\n" + _opened(_raw(name), keys)
        found |= {text: name.decode() for text in texts if text.lower().encode() in held.lower()}
    return found


def _raw(name: bytes) -> bytes:
    client: Any = redis.client()
    match client.type(name):
        case b"string":
            return client.get(name) or b""
        case b"hash":
            return b"\n".join(part for pair in client.hgetall(name).items() for part in pair)
        case b"list":
            return b"\n".join(client.lrange(name, 0, -1))
        case b"set":
            return b"\n".join(client.smembers(name))
        case b"zset":
            return b"\n".join(client.zrange(name, 0, -1))
    raise AssertionError(f"a key of an unknown kind: {name!r}")


def _opened(data: bytes, keys: list[Fernet]) -> bytes:
    for key in keys:
        try:
            return key.decrypt(data)
        except InvalidToken:
            continue
    return data


def spellings(ids) -> list[str]:
    """How ids may be written."""
    return [text for one in ids for text in (str(one), one.hex)]
