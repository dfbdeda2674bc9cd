"""One supervisor per DATA_DIR."""

import fcntl
import os
import time
from pathlib import Path

from .errors import DevServicesError

PATIENCE = 20.0


def take_lock(data_dir: Path) -> int:
    """Lock DATA_DIR and return the descriptor that holds the lock.

    The guard shares the descriptor. So after a supervisor was killed the lock stays until its
    children are gone, and the next start waits for that instead of running into them.
    """
    path = data_dir / "devservices.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            if is_alive(holder) or time.monotonic() > deadline:
                os.close(descriptor)
                raise DevServicesError(
                    f"Replywell is already running on {data_dir} (process {holder}): stop it, or "
                    "run a second one beside it: DATA_DIR=.data2 PORT=8001 make run."
                ) from None
            time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def is_alive(pid: str) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError):
        return False
    return True


def release_lock(descriptor: int) -> None:
    """Give DATA_DIR free."""
    os.close(descriptor)
