"""What the user can choose for `make run`, read from the environment and `.env`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .dotenv import read_dotenv
from .errors import DevServicesError

ROOT = Path(__file__).resolve().parents[2]
MOST_WEB_PROCESSES = 64


@dataclass(frozen=True)
class Options:
    """Checked choices; `environ` is `.env` overlaid with the real environment."""

    host: str
    port: int
    web_processes: int
    data_dir: Path
    environ: Mapping[str, str]


def read_options(environ: Mapping[str, str] = os.environ, root: Path = ROOT, web_processes: int = 1) -> Options:
    """The options, `web_processes` unless told, or a `DevServicesError` naming the variable that is wrong."""
    merged = {**read_dotenv(root / ".env"), **environ}
    data_dir = merged.get("DATA_DIR") or merged.get("REPLYWELL_DATA_DIR") or ".data"
    return Options(
        host=merged.get("HOST") or "127.0.0.1",
        port=number(merged, "PORT", 8000, 0, 65535),
        web_processes=number(merged, "WEB_PROCESSES", web_processes, 1, MOST_WEB_PROCESSES),
        data_dir=(root / Path(data_dir).expanduser()).resolve(),
        environ=merged,
    )


def number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """The whole number in an environment variable, within bounds."""
    text = environ.get(name) or str(default)
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise DevServicesError(
        f"{name}={text} is not a whole number from {least} to {most}: give one, for example {name}={default} make run."
    )
