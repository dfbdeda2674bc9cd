"""Salted hashes in the place of erased ids. An id is random (122 bits), so none can be found by trying."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

# How ids are written anywhere: with hyphens, or as 32 digits.
UUID_PATTERN = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"
_UUID = re.compile(UUID_PATTERN)


@dataclass(frozen=True)
class Marks:
    """salt: of one erasure. known: the marks of what it erased."""

    salt: str
    known: frozenset[str]

    @classmethod
    def of(cls, ids: Iterable[UUID]) -> "Marks":
        """The marks of these ids, under a new salt."""
        salt = secrets.token_hex(16)
        return cls(salt, frozenset(_mark(salt, one.hex) for one in ids))

    def has(self, one: UUID) -> bool:
        """Whether this id was erased."""
        return _mark(self.salt, one.hex) in self.known

    def any_in(self, text: str) -> bool:
        """Whether an id that was erased stands in the text."""
        return any(_mark(self.salt, found.replace("-", "").lower()) in self.known for found in _UUID.findall(text))


def _mark(salt: str, digits: str) -> str:
    """The same in SQL: `support.privacy.tables`."""
    return hashlib.sha256((salt + digits).encode()).hexdigest()[:32]
