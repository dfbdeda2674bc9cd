"""Text to vectors: each model of a process is behind one thread; queries that come together are encoded together.

A model is loaded by that thread, on first use: a process that forks must not have loaded it. A process has one model, that
of the index it searches; while a rebuild with another one is under way, also that (`follow`).
"""

import queue
import threading
from concurrent.futures import Future
from typing import Protocol

from django.conf import settings

from config.common import events
from knowledge import model_files, onnx_model
from knowledge.model_files import ModelId
from knowledge.words import Encoded

BATCH = 32


class Model(Protocol):
    """A loaded model."""

    def encode(self, texts: list[str]) -> list[Encoded]:
        """The texts as the model sees them, in their order."""


class EmbeddingBackend:
    """Encodes texts with one model, which reads the beginning of each (256 tokens, if it is the bundled one)."""

    def __init__(self, model: ModelId) -> None:
        self._model = model
        self._queue: queue.SimpleQueue[tuple[str, Future[Encoded]] | None] = queue.SimpleQueue()
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

    def release(self) -> None:
        """Give the model's memory back. It is loaded again for whoever asks all the same."""
        self._queue.put(None)

    def _work(self) -> None:
        model = self._try_to_load()
        while True:
            batch = [self._queue.get()]
            while batch[-1] is not None and len(batch) < BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            texts = [one for one in batch if one is not None]
            if texts:
                model = model or self._try_to_load()
                self._encode(model, texts)
            if batch[-1] is None:
                model = None
                self._ready.clear()

    def _try_to_load(self) -> Model | None:
        """The model; None, and the reason in `_failure`, when it cannot be loaded."""
        try:
            return _load(self._model)
        except BaseException as error:  # noqa: BLE001 - handed to every caller
            self._failure = error
            return None
        finally:
            self._ready.set()

    def _encode(self, model: Model | None, batch: list[tuple[str, "Future[Encoded]"]]) -> None:
        try:
            if model is None:
                raise RuntimeError("The embedding model could not be loaded.") from self._failure
            encoded = model.encode([text for text, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to the callers, the thread goes on
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), result in zip(batch, encoded, strict=True):
            future.set_result(result)


def _load(name: ModelId | None = None) -> Model:
    """The model on ONNX Runtime; on torch, should that fail. The configured one unless told."""
    name = name or configured()
    path = model_files.model_path(name.name)
    model_files.verify(name)
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


_lock = threading.Lock()
_backends: dict[ModelId, EmbeddingBackend] = {}
_followed: tuple[ModelId, ModelId | None] | None = None


def configured() -> ModelId:
    """The model that EMBEDDING_MODEL names."""
    return model_files.identify(settings.EMBEDDING_MODEL)


def in_use() -> ModelId:
    """The model of the index, as this process last saw it; before it saw any, the configured one."""
    model = _followed[0] if _followed else configured()
    return model if model.digest else model_files.identify(model.name)


def backend(model: ModelId | None = None) -> EmbeddingBackend:
    """The process's backend of a model, of the one in use unless told; the first call starts loading it."""
    wanted = model or in_use()
    if not wanted.digest:
        wanted = model_files.identify(wanted.name)
    with _lock:
        if wanted not in _backends:
            _backends[wanted] = EmbeddingBackend(wanted)
        return _backends[wanted]


def follow(live: ModelId, upcoming: ModelId | None = None) -> None:
    """Use `live` from now on, load `upcoming` before it is needed, and let go of all others."""
    global _followed
    if _followed == (live, upcoming):
        return
    _followed = (live, upcoming)
    kept = {backend(model) for model in (live, upcoming) if model}
    for other in [one for one in _backends.values() if one not in kept]:
        other.release()
