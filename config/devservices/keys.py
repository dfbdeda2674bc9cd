"""The secrets of a local installation, generated once and kept in DATA_DIR."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from .errors import DevServicesError


def fernet_key() -> str:
    """A new key in Fernet's format."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "SESSION_ENCRYPTION_KEYS": fernet_key,
}


def load_keys(data_dir: Path) -> dict[str, str]:
    """The secrets by their environment variable, those that were missing freshly made."""
    path = data_dir / "secrets.json"
    try:
        keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        keys = {}
    except ValueError as error:
        raise DevServicesError(
            f"{path} is not readable as JSON: restore it, or remove it to have new keys made "
            "(everybody has to sign in again)."
        ) from error
    missing = {name: make() for name, make in GENERATORS.items() if name not in keys}
    if missing:
        keys |= missing
        write_private(path, json.dumps(keys, indent=2) + "\n")
    return keys


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, all or nothing."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
