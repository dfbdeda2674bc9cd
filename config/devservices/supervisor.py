"""Keeps programs running and stops them in order."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

from .child import Child
from .errors import DevServicesError
from .process import Guard, Program, kill_group
from .screen import Screen

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
HEALTHY_AFTER = 10.0
ABORT_TIMEOUT = 3.0
MOST_DEATHS_WHILE_STARTING = 3


class Supervisor:
    """The children of one `make run`."""

    def __init__(self, screen: Screen, guard: Guard) -> None:
        self.screen = screen
        self.guard = guard
        self.children: list[Child] = []
        self.hurry = asyncio.Event()

    def keep(self, program: Program) -> Child:
        """Start a program, and start it again whenever it ends."""
        child = self.add(program)
        child.task = asyncio.create_task(self.keep_running(child))
        return child

    async def run_once(self, program: Program) -> int:
        """Run a program to its end and return its exit code."""
        child = self.add(program)
        codes: list[int] = []

        async def run() -> None:
            codes.append(await self.run(child))

        child.task = asyncio.create_task(run())
        await asyncio.shield(child.task)
        self.children.remove(child)
        return codes[0]

    def add(self, program: Program) -> Child:
        """A child that `stop` will find."""
        child = Child(program)
        self.children.append(child)
        return child

    async def run(self, child: Child) -> int:
        """One life of a child."""
        name = child.program.name
        return await child.run(self.guard, lambda line: self.screen.child_line(name, line))

    async def keep_running(self, child: Child) -> None:
        """A child's lives, with growing pauses while they are short."""
        delay = FIRST_DELAY
        while not child.is_stopping:
            started = time.monotonic()
            end = await self.one_life(child)
            if child.is_stopping:
                return
            child.deaths += 1
            if time.monotonic() - started >= HEALTHY_AFTER:
                delay = FIRST_DELAY
            self.screen.say(f"{child.program.name} ended ({end}): starting it again in {delay:.1f} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def one_life(self, child: Child) -> str:
        """Run a child to its end and describe that end."""
        try:
            return describe(await self.run(child))
        except OSError as error:
            return f"it could not be started: {error.strerror}"

    async def until(self, children: list[Child], is_ready: Callable[[], Awaitable[bool]], patience: float) -> None:
        """Wait until freshly started children are ready, unless they keep dying."""
        names = ", ".join(child.program.name for child in children)
        deadline = time.monotonic() + patience
        while not await is_ready():
            if any(child.deaths >= MOST_DEATHS_WHILE_STARTING for child in children):
                raise DevServicesError(
                    f"{names} ended {MOST_DEATHS_WHILE_STARTING} times while starting: "
                    "the reason is in the lines above."
                )
            if time.monotonic() > deadline:
                raise DevServicesError(f"{names} did not become ready within {patience:.0f} s.")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop all children, stage after stage."""
        for child in self.children:
            child.is_stopping = True
        for stage in sorted({child.program.stop_stage for child in self.children}):
            members = [child for child in self.children if child.program.stop_stage == stage]
            await asyncio.gather(*(self.stop_child(child) for child in members))

    async def stop_child(self, child: Child) -> None:
        """Ask a child to stop, and end it when it takes too long or we are in a hurry."""
        assert child.task is not None
        if child.process is None:
            child.task.cancel()
            return
        if not self.hurry.is_set():
            child.process.send_signal(child.program.stop_signal)
            await self.wait_in_hurry(child.task, child.program.stop_timeout)
        if not child.task.done():
            kill_group(child.pid, child.program.abort_signal)
            await asyncio.wait({child.task}, timeout=ABORT_TIMEOUT)
        if not child.task.done():
            kill_group(child.pid, signal.SIGKILL)
            await asyncio.wait({child.task})

    async def wait_in_hurry(self, task: "asyncio.Task[None]", patience: float) -> None:
        """Wait for a task, but no longer than until somebody is in a hurry."""
        hurry = asyncio.create_task(self.hurry.wait())
        await asyncio.wait({task, hurry}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
