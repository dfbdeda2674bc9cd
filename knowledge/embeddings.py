"""Text to vectors: one model per process behind one thread; queries that come together are encoded together.

torch is imported by that thread, on first use: a process that forks must not have loaded it.
"""

import queue
import threading
from concurrent.futures import Future
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import model_files

Vector = NDArray[np.float32]

BATCH = 32
# Texts that go through the model together are padded to the longest: fours, sorted by length, took half the time of 32.
_ENCODE = 4


class EmbeddingBackend:
    """Encodes texts to unit vectors, shape (EMBEDDING_DIMENSIONS,), so that inner product is cosine similarity."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Future[Vector]]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="embedding", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._ready.is_set() and self._failure is None

    def submit(self, text: str) -> "Future[Vector]":
        """Queue one text; the future gives its vector."""
        if self._failure is not None:
            raise RuntimeError("The embedding model could not be loaded.") from self._failure
        future: Future[Vector] = Future()
        self._queue.put((text, future))
        return future

    def embed(self, text: str) -> Vector:
        """The vector of one text; blocks."""
        return self.submit(text).result()

    def embed_many(self, texts: list[str]) -> list[Vector]:
        """The vectors of many texts, in their order; blocks."""
        return [future.result() for future in [self.submit(text) for text in texts]]

    def _work(self) -> None:
        try:
            model = _load()
        except BaseException as error:  # noqa: BLE001 - handed to every caller
            self._failure = error
        self._ready.set()
        while True:
            batch = [self._queue.get()]
            while len(batch) < BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            if self._failure is not None:
                for _, future in batch:
                    future.set_exception(self._failure)
                continue
            self._encode(model, batch)

    def _encode(self, model: Any, batch: list[tuple[str, "Future[Vector]"]]) -> None:
        try:
            vectors = model.encode(
                [text for text, _ in batch], batch_size=_ENCODE, normalize_embeddings=True, show_progress_bar=False
            )
        except Exception as error:  # noqa: BLE001 - handed to the callers, the thread goes on
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), vector in zip(batch, vectors, strict=True):
            future.set_result(np.asarray(vector, dtype=np.float32))


def _load() -> Any:
    import os

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # OpenMP's threads wait by spinning: on a busy machine one question then takes half a second instead of 30 ms.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sentence_transformers import SentenceTransformer

    path = model_files.model_path()
    model_files.verify(path)
    model = SentenceTransformer(str(path), device="cpu")
    model.encode(["warm"], show_progress_bar=False)
    return model


@cache
def backend() -> EmbeddingBackend:
    """The process's backend; the first call starts loading the model."""
    return EmbeddingBackend()
