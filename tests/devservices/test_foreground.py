"""The supervisor as a process: signals, exit codes, and its own violent end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.devservices.options import ROOT

from .processes import is_running, processes_naming, wait_until

PROGRAM = """
import asyncio, sys
from pathlib import Path
from config.devservices.foreground import in_foreground
from config.devservices.screen import Screen
from tests.devservices.dummies import {code}, dummy

async def start(supervisor):
    supervisor.keep(dummy("web-1", {code} + "# " + sys.argv[1], stop_timeout=60))

sys.exit(asyncio.run(in_foreground(Path(sys.argv[1]), Screen(1), start)))
"""


@contextmanager
def supervising(folder: Path, code: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A supervisor process with one running dummy child."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(code=code), str(folder)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MAKELEVEL"},
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().endswith(b"| up\n")
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_cleanly(tmp_path: Path, number: int) -> None:
    with supervising(tmp_path, "SLEEP") as process:
        process.send_signal(number)
        assert process.wait(10) == 0
    assert processes_naming(str(tmp_path)) == []


def test_a_second_signal_ends_a_stubborn_child(tmp_path: Path) -> None:
    with supervising(tmp_path, "STUBBORN") as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert b"once more: at once" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert processes_naming(str(tmp_path)) == []


@pytest.mark.parametrize("code", ["SLEEP", "STUBBORN", "WITH_CHILD"])
def test_no_child_outlives_a_killed_supervisor(tmp_path: Path, code: str) -> None:
    with supervising(tmp_path, code) as process:
        children = processes_naming(f"# {tmp_path}")
        assert children
        process.kill()
        process.wait()
        wait_until(lambda: not any(is_running(child) for child in children))


def test_a_second_supervisor_explains_itself(tmp_path: Path) -> None:
    with supervising(tmp_path, "SLEEP") as process:
        second = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(code="SLEEP"), str(tmp_path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        assert second.returncode != 0
        assert f"already running on {tmp_path} (process {process.pid})" in second.stderr
