"""What a child process is, and the guard that outlives us to end it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .account import Account

GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True)
class Program:
    """A child process to start, and how to stop it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    """The account to drop to, when we are root and the program must not be."""
    pass_fds: tuple[int, ...] = ()
    stop_stage: int = 0
    """Lower stages stop first; programs of one stage stop together."""
    stop_signal: int = signal.SIGTERM
    stop_timeout: float = 10.0
    abort_signal: int = signal.SIGKILL
    """For a stop in a hurry, and for the guard when we were killed."""

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess.Popen`.

        Each child leads a session of its own, so that a Ctrl-C in the terminal reaches only the
        supervisor, and so that its whole process group can be ended.
        """
        options: dict[str, Any] = {
            "env": dict(self.env),
            "cwd": self.cwd,
            "pass_fds": self.pass_fds,
            "stdin": subprocess.DEVNULL,
            "start_new_session": True,
        }
        if self.account is not None:
            options["user"] = self.account.uid
            options["group"] = self.account.gid
            options["extra_groups"] = []
        return options


def kill_group(leader: int, number: int) -> None:
    """Signal a child's process group, if any of it is left."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass


class Guard:
    """Our end of the guard process (see guard.py)."""

    def __init__(self, lock: int) -> None:
        self.lock = lock
        self.groups: dict[int, int] = {}
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the guard; it shares the lock on DATA_DIR for as long as it lives."""
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=(self.lock,),
            start_new_session=True,
            cwd="/",
        )

    def add(self, group: int, number: int) -> None:
        """Have this process group ended with this signal if we die."""
        self.groups[group] = number
        self.write(f"+ {group} {int(number)}\n")

    def remove(self, group: int) -> None:
        """The process group has ended."""
        if self.groups.pop(group, None) is not None:
            self.write(f"- {group}\n")

    def write(self, line: str) -> None:
        """Tell the guard, starting a new one that knows all the groups if it was killed."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line.encode())
        except BrokenPipeError:
            self.process.wait()
            self.process = self.start()
            for group, number in self.groups.items():
                self.write(f"+ {group} {int(number)}\n")

    def close(self) -> None:
        """Let the guard go; it ends what is still listed."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
