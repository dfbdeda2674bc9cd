"""Text to vectors: one model per process behind one thread; queries that come together are encoded together.

torch is imported by that thread, on first use: a process that forks must not have loaded it.
"""

import queue
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge import model_files

Vector = NDArray[np.float32]
Words = NDArray[np.float32]

BATCH = 32
# Texts that go through the model together are padded to the longest: fours, sorted by length, took half the time of 32.
_ENCODE = 4


@dataclass(frozen=True)
class Encoded:
    """A text as the model sees it, in unit vectors, so that inner product is cosine similarity.

    vector: the whole text, shape (EMBEDDING_DIMENSIONS,). words: its words and parts of words, each in its context, in
    reading order and without punctuation, shape (n, EMBEDDING_DIMENSIONS).
    """

    vector: Vector
    words: Words


class EmbeddingBackend:
    """Encodes texts, of which the model reads the first 256 tokens."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Future[Encoded]]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="embedding", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._ready.is_set() and self._failure is None

    def submit(self, text: str) -> "Future[Encoded]":
        """Queue one text."""
        if self._failure is not None:
            raise RuntimeError("The embedding model could not be loaded.") from self._failure
        future: Future[Encoded] = Future()
        self._queue.put((text, future))
        return future

    def encode(self, text: str) -> Encoded:
        """Encode one text; blocks."""
        return self.submit(text).result()

    def encode_many(self, texts: list[str]) -> list[Encoded]:
        """Encode many texts, in their order; blocks."""
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

    def _encode(self, model: "_Model", batch: list[tuple[str, "Future[Encoded]"]]) -> None:
        try:
            encoded = model.encode([text for text, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to the callers, the thread goes on
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, encoded, strict=True):
            future.set_result(result)


class _Model:
    """The loaded model, and which of its tokens are words or parts of words."""

    def __init__(self, model: Any) -> None:
        self._model = model
        vocabulary = model.tokenizer.get_vocab()
        self._is_word = np.zeros(max(vocabulary.values()) + 1, bool)
        for token, index in vocabulary.items():
            self._is_word[index] = bool(re.search(r"\w", token))
        self._is_word[model.tokenizer.all_special_ids] = False

    def encode(self, texts: list[str]) -> list[Encoded]:
        """Both kinds of vectors, from one pass through the model."""
        outputs = self._model.encode(texts, output_value=None, batch_size=_ENCODE, show_progress_bar=False)
        return [self._encoded(output) for output in outputs]

    def _encoded(self, output: dict[str, Any]) -> Encoded:
        length = int(output["attention_mask"].sum())
        words = output["token_embeddings"][:length].numpy()[self._is_word[output["input_ids"][:length].numpy()]]
        return Encoded(_unit(output["sentence_embedding"].numpy()), _unit(words))


def _unit(vectors: Vector) -> Vector:
    """The vectors at length 1, in memory of their own."""
    return np.array(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def _load() -> _Model:
    import os

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # OpenMP's threads wait by spinning: on a busy machine one question then takes half a second instead of 30 ms.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sentence_transformers import SentenceTransformer

    path = model_files.model_path()
    model_files.verify(path)
    model = _Model(SentenceTransformer(str(path), device="cpu"))
    model.encode(["warm"])
    return model


@cache
def backend() -> EmbeddingBackend:
    """The process's backend; the first call starts loading the model."""
    return EmbeddingBackend()
