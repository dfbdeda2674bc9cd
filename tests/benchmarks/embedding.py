"""The embedding call that all servers here share: the product's own, or a fixed vector to measure without it."""

import asyncio
import os
from concurrent.futures import Future

import numpy as np

from knowledge import embeddings
from knowledge.words import Encoded

FIXED = "BENCH_FIXED_EMBEDDING"


class FixedBackend:
    """One vector for every text, at no cost."""

    ready = True

    def __init__(self) -> None:
        words = np.random.default_rng(1).standard_normal((8, 384)).astype(np.float32)
        words /= np.linalg.norm(words, axis=1, keepdims=True)
        self._encoded = Encoded(words[0], words)

    def submit(self, text: str) -> "Future[Encoded]":
        future: Future[Encoded] = Future()
        future.set_result(self._encoded)
        return future

    def encode(self, text: str) -> Encoded:
        return self._encoded

    def encode_many(self, texts: list[str]) -> list[Encoded]:
        return [self._encoded for _ in texts]


def choose() -> None:
    """Before anything else imports the backend: replace it, if the environment asks for it."""
    if os.environ.get(FIXED):
        fixed = FixedBackend()
        embeddings.backend = lambda model=None: fixed  # type: ignore[assignment,return-value,misc]


async def embed(text: str) -> list[float]:
    """The vector of one text."""
    encoded = await asyncio.wrap_future(embeddings.backend().submit(text))
    numbers: list[float] = encoded.vector.tolist()
    return numbers
