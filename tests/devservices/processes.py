"""Looking at real processes, and waiting without sleeping blindly."""

import os
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = 20.0


def wait_until(condition: Callable[[], object], deadline: float = DEADLINE) -> None:
    """Poll until the condition holds, or fail."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process exists and is not just waiting to be reaped."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def processes_naming(text: str) -> list[int]:
    """The processes, other than this one, whose command line contains a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in command and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found
