"""The vectors of the example phrasings: made once for each model, and kept beside the model's own file."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from knowledge.embeddings import backend
from knowledge.model_files import ModelId


def load(texts: list[str], model: ModelId) -> NDArray[np.float32]:
    """Shape (texts, dimensions). Takes seconds the first time; blocks."""
    file = _file(texts, model)
    with suppress(OSError, ValueError):  # not made yet, or damaged: it is made anew
        kept: NDArray[np.float32] = np.load(file, allow_pickle=False)
        if len(kept) == len(texts):
            return kept
    made = np.array([one.vector for one in backend(model).encode_many(texts)], np.float32)
    with suppress(OSError):  # a folder that cannot be written to costs time, nothing else
        _keep(file, made)
    return made


def _file(texts: list[str], model: ModelId) -> Path:
    digest = hashlib.sha256("\0".join([model.name, model.digest, *texts]).encode()).hexdigest()
    return Path(settings.MODEL_DIR) / f"phrasings-{digest[:16]}.npy"


def _keep(file: Path, made: NDArray[np.float32]) -> None:
    """Nobody sees half a file: it is put in its place when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")
    with partial.open("wb") as output:
        np.save(output, made, allow_pickle=False)
    partial.replace(file)
