"""Children are started again, and stopped in order, with nothing left behind."""

import asyncio
import io
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from config.devservices.child import Child
from config.devservices.errors import DevServicesError
from config.devservices.lock import release_lock, take_lock
from config.devservices.process import Guard, Program
from config.devservices.screen import Screen
from config.devservices.supervisor import Supervisor

from .dummies import SLEEP, STUBBORN, WITH_CHILD, dummy
from .processes import is_running

Scenario = Callable[[Supervisor], Awaitable[None]]


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    lock = take_lock(tmp_path)
    guard = Guard(lock)
    yield guard
    guard.close()
    release_lock(lock)


def play(guard: Guard, scenario: Scenario) -> str:
    """Run a scenario and return what was on the screen."""
    out = io.StringIO()

    async def run() -> None:
        supervisor = Supervisor(Screen(1, out), guard)
        try:
            await asyncio.wait_for(scenario(supervisor), 30)
        finally:
            supervisor.hurry.set()
            await supervisor.stop()

    asyncio.run(run())
    return out.getvalue()


async def up(child: Child, after: int = 0) -> int:
    """The process id of a child, once it runs with another one than before."""
    while child.pid in (0, after):
        await asyncio.sleep(0.01)
    return child.pid


async def shown_up(supervisor: Supervisor, children: int) -> None:
    """Wait until so many children have said that they are up."""
    out = supervisor.screen.out
    assert isinstance(out, io.StringIO)
    while out.getvalue().count("| up") < children:
        await asyncio.sleep(0.01)


def test_a_killed_child_is_started_again(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("web-1", SLEEP))
        first = await up(child)
        os.kill(first, signal.SIGKILL)
        assert is_running(await up(child, after=first))

    shown = play(guard, scenario)
    assert "web-1 ended (killed by SIGKILL): starting it again in 0.2 s" in shown


def test_the_pauses_grow(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("beat", "raise SystemExit(3)"))
        while child.deaths < 3:
            await asyncio.sleep(0.01)

    shown = play(guard, scenario)
    assert [f"again in {pause} s" in shown for pause in ("0.2", "0.4", "0.8")] == [True] * 3
    assert "exit code 3" in shown


def test_a_child_that_cannot_start_is_reported(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(Program("web-1", ("/nonexistent",), {}, Path("/")))
        while not child.deaths:
            await asyncio.sleep(0.01)

    assert "could not be started: No such file or directory" in play(guard, scenario)


def test_children_that_keep_dying_end_the_start(guard: Guard) -> None:
    async def never() -> bool:
        return False

    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("web-1", "raise SystemExit('no SECRET_KEY')"))
        with pytest.raises(DevServicesError, match="web-1 ended 3 times while starting"):
            await supervisor.until([child], never, 30)

    assert "web-1         | no SECRET_KEY" in play(guard, scenario)


def test_output_without_a_last_newline_is_shown(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        code = "import sys; sys.stdout.write('one\\ntwo'); sys.exit(7)"
        assert await supervisor.run_once(dummy("prepare", code)) == 7

    shown = play(guard, scenario)
    assert "prepare       | one\nprepare       | two\n" in shown


def test_stages_stop_in_order(guard: Guard, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    open({str(ends)!r}, 'a').write(NAME + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )

    async def scenario(supervisor: Supervisor) -> None:
        for stage, name in ((2, "valkey"), (0, "web"), (1, "worker")):
            supervisor.keep(dummy(name, f"NAME = {name!r}\n{code}", stop_stage=stage))
        await shown_up(supervisor, 3)
        await supervisor.stop()

    play(guard, scenario)
    assert ends.read_text(encoding="utf-8").split() == ["web", "worker", "valkey"]


def test_a_child_that_ignores_the_stop_is_ended(guard: Guard) -> None:
    pids: list[int] = []

    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("web-1", STUBBORN, stop_timeout=0.2))
        pids.append(await up(child))
        await shown_up(supervisor, 1)
        await supervisor.stop()
        assert not is_running(pids[0])

    play(guard, scenario)


def test_a_hurry_does_not_wait(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("web-1", STUBBORN, stop_timeout=60))
        await shown_up(supervisor, 1)
        started = time.monotonic()
        stopping = asyncio.create_task(supervisor.stop())
        await asyncio.sleep(0)
        supervisor.hurry.set()
        await stopping
        assert time.monotonic() - started < 5
        assert child.pid == 0

    play(guard, scenario)


def test_what_a_dead_child_started_dies_with_it(guard: Guard) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        child = supervisor.keep(dummy("worker-ai", WITH_CHILD))
        pid = await up(child)
        children = Path(f"/proc/{pid}/task/{pid}/children")
        while not children.read_text(encoding="ascii").split():
            await asyncio.sleep(0.01)
        grandchild = int(children.read_text(encoding="ascii"))
        os.kill(pid, signal.SIGKILL)
        while is_running(grandchild):
            await asyncio.sleep(0.01)

    play(guard, scenario)
