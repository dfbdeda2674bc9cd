"""What the user sees: one line per stage, and the children's output under their names."""

import asyncio
import sys
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TextIO

COLOURS = (36, 33, 35, 32, 34, 96, 95, 92)
SPINNER = "|/-\\"


class Screen:
    """Writes lines; with a terminal, a spinner turns at the end of the current stage."""

    def __init__(self, stages: int, out: TextIO = sys.stdout) -> None:
        self.out = out
        self.is_terminal = out.isatty()
        self.stages = stages
        self.stage_number = 0
        self.current = ""
        """The stage's text while its line is not finished yet."""
        self.is_partial = False

    @asynccontextmanager
    async def stage(self, text: str) -> AsyncIterator[None]:
        """Show a stage while the block runs, and how long it took."""
        self.stage_number += 1
        started = time.monotonic()
        self.current = f"[{self.stage_number}/{self.stages}] {text} ..."
        self.write(self.current)
        self.is_partial = True
        spinner = asyncio.create_task(self.spin()) if self.is_terminal else None
        done = False
        try:
            yield
            done = True
        finally:
            if spinner is not None:
                spinner.cancel()
            result = f"{time.monotonic() - started:.1f} s" if done else "stopped"
            start = "\r\x1b[K" if self.is_terminal else ""
            resume = "" if self.is_partial and not self.is_terminal else self.current
            self.write(f"{start}{resume} {result}\n")
            self.current = ""
            self.is_partial = False

    async def spin(self) -> None:
        """Turn the spinner until cancelled."""
        turn = 0
        while True:
            await asyncio.sleep(0.1)
            turn += 1
            self.write(f"\r\x1b[K{self.current} {SPINNER[turn % len(SPINNER)]}")
            self.is_partial = True

    def say(self, text: str) -> None:
        """A line of its own, also in the middle of a stage."""
        if self.is_partial:
            self.write("\r\x1b[K" if self.is_terminal else "\n")
            self.is_partial = False
        self.write(f"{text}\n")

    def child_line(self, name: str, line: str) -> None:
        """A line of a child's output."""
        prefix = f"{name:<13} | "
        if self.is_terminal:
            colour = COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.say(prefix + line)

    def write(self, text: str) -> None:
        """Write at once; a terminal that has gone away is no reason to stop."""
        with suppress(OSError):
            self.out.write(text)
            self.out.flush()
