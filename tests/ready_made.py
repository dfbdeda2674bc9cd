"""The demo's content is made once in a run: the first installation that has it leaves a copy, with which later ones begin.

Of two processes that share the tests one makes it, and the other one waits.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.devservices.pginstall import find_install
from tests.engines import SHARED


@contextmanager
def ready_made(database_url: str, demo: Path) -> Iterator[None]:
    """Within the block an installation gets ready: from a copy of database and `demo.json`, or else it becomes the copy."""
    shared = Path(os.environ[SHARED])
    dump, secrets = shared / "demo.dump", shared / "demo.json"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not dump.exists():
            yield
            shutil.copy(demo, secrets)
            unfinished = dump.with_suffix(".unfinished")
            _run("pg_dump", "--format=custom", "--compress=0", f"--file={unfinished}", f"--dbname={database_url}")
            unfinished.rename(dump)
            return
    _run("pg_restore", "--exit-on-error", f"--dbname={database_url}", str(dump))
    shutil.copy(secrets, demo)
    yield


def _run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs."""
    path = find_install(Path(os.environ[SHARED])) / "bin" / program
    subprocess.run([path, *arguments], check=True)
