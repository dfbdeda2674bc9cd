"""A process that ingests and kills itself, with SIGKILL, where it is told to: `python -m tests.faults.ingest_worker`.

embed KILL_AT ARTICLE…   embed the articles; die before the KILL_AT-th vector is written (0: never)
sync SOURCE HOLDER       sync the source; documents that say POISON kill whoever converts them
"""

import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import django
import numpy as np


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Backend:
    """Vectors that are a function of the text, as the real ones are, at no cost."""

    def encode_many(self, texts: list[str]) -> list[Any]:
        from knowledge.words import Encoded

        return [Encoded(vector(text), np.stack([vector(word) for word in text.split()[:20]])) for text in texts]


def vector(text: str) -> Any:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    numbers = np.random.default_rng(seed).normal(size=384).astype(np.float32)
    return numbers / np.linalg.norm(numbers)


def embed(kill_at: int, *articles: str) -> None:
    from knowledge import index, ingestion, interaction, recipes

    written = 0
    pack = interaction.pack

    def counted(words: Any) -> bytes:
        nonlocal written
        written += 1
        if written == kill_at:
            die()
        return pack(words)

    setattr(index, "backend", lambda model: Backend())  # noqa: B010 - as the type is another
    setattr(recipes, "follow", lambda: None)  # noqa: B010 - it would load the model for nothing
    interaction.pack = counted
    for article in articles:
        ingestion.embed(UUID(article))


def sync(source: str, holder: str) -> None:
    from knowledge import converters
    from knowledge.sources import sync as syncing

    real = converters.CONVERTERS[".md"]

    def poisoned(content: Any) -> Iterator[Any]:
        if b"POISON" in content.file.read():
            die()
        content.file.seek(0)
        yield from real(content)

    converters.CONVERTERS[".md"] = poisoned
    syncing.sync(int(source), holder)


if __name__ == "__main__":
    django.setup()
    what, first, *more = sys.argv[1:]
    if what == "embed":
        embed(int(first), *more)
    else:
        sync(first, *more)
