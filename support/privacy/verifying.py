"""Proving an erasure: nothing that was erased is anywhere, and the manifest is as it was written."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from support.models import Erasure
from support.privacy import erasing, keys, tables
from support.privacy.marks import Marks


@dataclass(frozen=True)
class Verified:
    """intact: the manifest fits its digest. left: rows by table.column, and keys of Redis. tables, keys: looked through."""

    intact: bool
    left: dict[str, int]
    tables: int
    keys: int

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return self.intact and not self.left


def verify(erasure: Erasure, texts: Sequence[str] = (), looked: Callable[[int], None] = lambda done: None) -> Verified:
    """Look in every table and every key for the ids of the erasure, and for `texts`; `looked(1)` after each table.

    Raises Unavailable when Redis is away.
    """
    marks = Marks(erasure.salt, frozenset(erasure.marks))
    left: Counter[str] = Counter()
    seen = 0
    for found in tables.search(marks, texts):
        left.update(found)
        seen += 1
        looked(1)
    lowered = [text.lower() for text in texts]

    def holds(text: str) -> bool:
        return marks.any_in(text) or any(one in text.lower() for one in lowered)

    looked_at = list(keys.search(holds))
    left.update(f"Redis {name}" for name in looked_at if name)
    return Verified(erasing.digest_of(erasure) == erasure.digest, dict(left), seen, len(looked_at))
