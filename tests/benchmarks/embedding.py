"""The embedding call that all servers here share: the product's own, or a fixed vector to measure without it."""

import asyncio
import os
from concurrent.futures import Future
from functools import cache

import numpy as np

from knowledge import embeddings

FIXED = "BENCH_FIXED_EMBEDDING"


class FixedBackend:
    """One vector for every text, at no cost."""

    ready = True

    def __init__(self) -> None:
        vector = np.random.default_rng(1).standard_normal(384).astype(np.float32)
        self._vector = vector / np.linalg.norm(vector)

    def submit(self, text: str) -> "Future[embeddings.Vector]":
        future: Future[embeddings.Vector] = Future()
        future.set_result(self._vector)
        return future

    def embed(self, text: str) -> embeddings.Vector:
        return self._vector

    def embed_many(self, texts: list[str]) -> list[embeddings.Vector]:
        return [self._vector for _ in texts]


def choose() -> None:
    """Before anything else imports the backend: replace it, if the environment asks for it."""
    if os.environ.get(FIXED):
        embeddings.backend = cache(FixedBackend)


async def embed(text: str) -> list[float]:
    """The vector of one text."""
    vector = await asyncio.wrap_future(embeddings.backend().submit(text))
    return vector.tolist()
