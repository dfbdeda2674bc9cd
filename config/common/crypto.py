"""Encryption at rest: a box around MultiFernet, and a model field that uses it.

The first of `SESSION_ENCRYPTION_KEYS` encrypts, all of them decrypt: that is how keys are rotated.
"""

import base64
import hashlib
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

__all__ = ["EncryptedTextField", "InvalidToken", "box", "derive_key", "renewed"]


def derive_key(purpose: str, secret: str | None = None) -> bytes:
    """32 bytes from SECRET_KEY, or an older one, for one purpose, so that no key serves two ends."""
    secret = settings.SECRET_KEY if secret is None else secret
    return hashlib.blake2b(purpose.encode(), key=secret.encode()[:64], digest_size=32).digest()


def _keys() -> list[str]:
    return settings.SESSION_ENCRYPTION_KEYS or [base64.urlsafe_b64encode(derive_key("encryption-at-rest")).decode()]


@cache
def box() -> MultiFernet:
    """The keys in force. Without configured keys (development, tests) one is derived from SECRET_KEY."""
    return MultiFernet([Fernet(key) for key in _keys()])


def renewed(data: bytes) -> bytes | None:
    """`data` encrypted under the newest key, or None when it is already; InvalidToken when no key fits."""
    try:
        Fernet(_keys()[0]).decrypt(data)
    except InvalidToken:
        return box().rotate(data)
    return None


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that PostgreSQL only ever sees encrypted. It cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else box().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return value if value is None else box().decrypt(value.encode()).decode()
