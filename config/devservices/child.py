"""One child process: start it, follow its output, wait for its end."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable

from .process import Guard, Program, kill_group

LONGEST_LINE = 1 << 16


class Child:
    """A program that is being kept running, and its current process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.is_stopping = False
        self.task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 while there is no process."""
        return self.process.pid if self.process is not None else 0

    async def run(self, guard: Guard, show: Callable[[str], None]) -> int:
        """Start the process and return its exit code once it and its group have ended."""
        reading, writing = os.pipe()
        try:
            self.process = subprocess.Popen(
                self.program.argv,
                stdout=writing,
                stderr=subprocess.STDOUT,
                **self.program.popen_options(),
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        process = self.process
        guard.add(process.pid, self.program.abort_signal)
        output = OutputReader(reading, show)
        try:
            await ended(process)
        finally:
            # What the process left behind (Celery's pool) must not outlive it. The process is
            # not reaped yet, so its number cannot belong to anybody else.
            kill_group(process.pid, signal.SIGKILL)
            code = process.wait()
            self.process = None
            guard.remove(process.pid)
            output.drain()
        return code


async def ended(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the end of a process, without reaping it where the system allows that."""
    if not hasattr(os, "pidfd_open"):
        while process.poll() is None:
            await asyncio.sleep(0.1)
        return
    loop = asyncio.get_running_loop()
    descriptor = os.pidfd_open(process.pid)
    over = asyncio.Event()
    loop.add_reader(descriptor, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


class OutputReader:
    """Reads a pipe to its end, line by line."""

    def __init__(self, descriptor: int, show: Callable[[str], None]) -> None:
        self.descriptor = descriptor
        self.show = show
        self.rest = b""
        self.is_open = True
        os.set_blocking(descriptor, False)
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(descriptor, self.read)

    def drain(self) -> None:
        """Read what is left; a process further down may still hold the pipe open."""
        while self.is_open and self.read():
            pass

    def read(self) -> bool:
        """Show the lines that have arrived; false when nothing has."""
        try:
            data = os.read(self.descriptor, LONGEST_LINE)
        except BlockingIOError:
            return False
        *lines, self.rest = (self.rest + data).split(b"\n")
        if self.rest and (not data or len(self.rest) > LONGEST_LINE):
            lines.append(self.rest)
            self.rest = b""
        for line in lines:
            self.show(line.decode(errors="replace").rstrip())
        if not data:
            self.is_open = False
            self.loop.remove_reader(self.descriptor)
            os.close(self.descriptor)
        return bool(data)
