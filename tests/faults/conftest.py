"""What the faults are put into."""

import asyncio
import resource
import shutil
import struct
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.knowledge.sources import folder
from tests.live import Live, Web
from tests.proxy import Proxy, address_of_redis

__all__ = ["folder"]
SHIM = Path(__file__).with_name("clock.c")


class BadMachine:
    """A second web process, on a machine with a bad network and a wrong clock: both are fine until told otherwise."""

    def __init__(self, live: Live, folder: Path, stack: ExitStack):
        self._live, self._folder = live, folder
        engines = live.engines
        database = parse_qs(urlsplit(engines.database_url).query)["host"][0]
        self.database = stack.enter_context(Proxy(folder / ".s.PGSQL.5432", Path(database) / ".s.PGSQL.5432"))
        self.valkey = stack.enter_context(Proxy(folder / "valkey.sock", address_of_redis(engines.redis_url)))
        self._shift = folder / "shift"
        self.set_clock(0)
        head = engines.database_url.partition("?")[0]
        self._environment = {
            "DATABASE_URL": f"{head}?host={quote(str(folder), safe='')}",
            "REDIS_URL": f"unix://{folder}/valkey.sock?db=0",
            **self._clock_environment(),
        }
        self._web: Web | None = None

    def _clock_environment(self) -> dict[str, str]:
        compiler = shutil.which("cc") or shutil.which("gcc")
        self.has_clock = compiler is not None
        if compiler is None:
            return {}
        shim = self._folder / "clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(shim), str(SHIM), "-ldl"], check=True)
        return {"CLOCK_SHIFT": str(self._shift), "LD_PRELOAD": str(shim)}

    def set_clock(self, seconds: int) -> None:
        """Make its clock wrong by so many seconds, from now on."""
        with self._shift.open("r+b" if self._shift.exists() else "w+b") as file:
            file.write(struct.pack("l", seconds))

    @property
    def web(self) -> Web:
        """The process, ready; a new one when the last was killed."""
        if self._web is None or not self._web.running:
            self._web = self._live.start_web(**self._environment)
            self._web.wait_ready()
        return self._web


@pytest.fixture(scope="session", autouse=True)
def _many_sockets():
    """The clients of 2,000 sockets are in this process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture(scope="session")
def machine_for_the_run(live, tmp_path_factory):
    with ExitStack() as stack:
        yield BadMachine(live, tmp_path_factory.mktemp("m"), stack)


@pytest.fixture
def machine(machine_for_the_run):
    """The bad machine, well again after the test."""
    yield machine_for_the_run
    machine_for_the_run.set_clock(0)
    for proxy in (machine_for_the_run.database, machine_for_the_run.valkey):
        proxy.latency, proxy.slice, proxy.frozen = 0.0, 65536, False
        proxy.cut_after = proxy.cut_on = None


async def until(condition, seconds: float = 30) -> float:
    """Wait for a condition, looked at on a thread; returns how long it took."""
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)
    return time.monotonic() - started
