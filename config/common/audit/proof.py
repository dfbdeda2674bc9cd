"""The proofs: HMAC-SHA256 with a key from SECRET_KEY. Whoever can write to the database alone cannot make them.

An entry's proof covers its content; a link's covers its number, its entry's proof and the proof of the link before it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache
from typing import Any

from django.conf import settings

from config.common.audit.models import Entry
from config.common.crypto import derive_key

PURPOSE = "audit-trail"
# What stands before the first link.
BEGINNING = ""


@lru_cache(8)
def _key(secret: str) -> bytes:
    return derive_key(PURPOSE, secret)


def _keys() -> Iterator[bytes]:
    """The key that proves, and those that once did (SECRET_KEY_FALLBACKS)."""
    return (_key(secret) for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def _mac(key: bytes, content: list[Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _prove(content: list[Any]) -> str:
    return _mac(next(_keys()), content)


def _proven(content: list[Any], mac: str) -> bool:
    return any(hmac.compare_digest(_mac(key, content), mac) for key in _keys())


def _content(entry: Entry) -> list[Any]:
    """All of an entry. Its details are made of texts, whole numbers and truth values: they come back as they went."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    who = [entry.actor_kind, entry.actor_id, entry.request_id, entry.address]
    return ["entry", entry.pk, at, who, entry.action, entry.object_type, entry.object_id, entry.details]


def of_entry(entry: Entry) -> str:
    """The proof of an entry that is about to be written."""
    return _prove(_content(entry))


def fits_entry(entry: Entry) -> bool:
    """Whether an entry is as it was written."""
    return _proven(_content(entry), entry.mac)


def of_link(number: int, entry_id: int, entry_mac: str, before: str) -> str:
    """The proof of the entry's place; `before`: the proof of the link before, or BEGINNING."""
    return _prove(["link", number, entry_id, entry_mac, before])


def fits_link(mac: str, number: int, entry_id: int, entry_mac: str, before: str) -> bool:
    """Whether an entry has the place it was given."""
    return _proven(["link", number, entry_id, entry_mac, before], mac)


def of_checkpoint(number: int, link_mac: str) -> str:
    """The proof that the trail was cut off by us."""
    return _prove(["checkpoint", number, link_mac])


def fits_checkpoint(mac: str, number: int, link_mac: str) -> bool:
    """Whether it was."""
    return _proven(["checkpoint", number, link_mac], mac)
