"""Remembers which migrations a database has, so that a second start need not wait for them.

Only a hint: migrations run at each start anyway. When the hint says that nothing is missing,
they run beside the web processes instead of before them.
"""

import hashlib
from pathlib import Path

from .options import ROOT

FILE = "migrated"


def fingerprint(database_url: str, root: Path = ROOT) -> str:
    """Changes whenever there may be something to migrate."""
    digest = hashlib.sha256(database_url.encode())
    for path in [root / "requirements.txt", *sorted(root.glob("*/migrations/*.py"))]:
        digest.update(f"\0{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def was_migrated(data_dir: Path, wanted: str) -> bool:
    """Whether an earlier start has seen this very state through."""
    try:
        return (data_dir / FILE).read_text(encoding="ascii") == wanted
    except OSError:
        return False


def remember(data_dir: Path, reached: str) -> None:
    """Note the state after the migrations have run."""
    (data_dir / FILE).write_text(reached, encoding="ascii")
