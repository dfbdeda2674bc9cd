"""Commands typed beside `make run` mean that installation: they find its environment in DATA_DIR."""

import json
import os
from collections.abc import MutableMapping
from pathlib import Path

from .dotenv import read_dotenv
from .keys import write_private

NAMES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SESSION_ENCRYPTION_KEYS", "ALLOWED_HOSTS", "REPLYWELL_DEV")


def leave_environment(data_dir: Path, env: dict[str, str]) -> None:
    """Write down what commands need to reach this installation; secrets included, so only we can read it."""
    write_private(data_dir / "environment.json", json.dumps({name: env[name] for name in NAMES}, indent=2) + "\n")


def join(root: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Take over the environment of the installation in DATA_DIR, unless another database is named."""
    given = {**read_dotenv(root / ".env"), **environ}
    if given.get("DATABASE_URL"):
        return
    path = root / (given.get("DATA_DIR") or ".data") / "environment.json"
    try:
        left: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for name, value in left.items():
        if not given.get(name):
            environ[name] = value
