"""Text to vectors: one model per process behind one thread; queries that come together are encoded together.

The model is loaded by that thread, on first use: a process that forks must not have loaded it.
"""

import queue
import threading
from concurrent.futures import Future
from functools import cache
from typing import Protocol

from config.common import events
from knowledge import model_files, onnx_model
from knowledge.words import Encoded

BATCH = 32


class Model(Protocol):
    """A loaded model."""

    def encode(self, texts: list[str]) -> list[Encoded]:
        """The texts as the model sees them, in their order."""


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

    def _encode(self, model: Model, batch: list[tuple[str, "Future[Encoded]"]]) -> None:
        try:
            encoded = model.encode([text for text, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to the callers, the thread goes on
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, encoded, strict=True):
            future.set_result(result)


def _load() -> Model:
    """The model on ONNX Runtime; on torch, should that fail."""
    path = model_files.model_path()
    model_files.verify(path)
    model: Model
    try:
        file = model_files.exported_path(path)
        onnx_model.export(path, file)
        model = onnx_model.OnnxModel(path, file)
    except (onnx_model.ExportFailed, OSError, ImportError) as error:
        events.emit(events.Event.EMBEDDING_ON_TORCH, "warning", reason=f"{type(error).__name__}: {error}")
        from knowledge.torch_model import TorchModel

        model = TorchModel(path)
    model.encode(["warm"])
    return model


@cache
def backend() -> EmbeddingBackend:
    """The process's backend; the first call starts loading the model."""
    return EmbeddingBackend()
