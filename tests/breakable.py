"""PostgreSQL and Valkey of an installation's own, which tests kill, stop and start again."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.devservices.engines import temporary_data_dir, wait_for
from config.devservices.lock import release_lock, take_lock
from config.devservices.postgres import Postgres
from config.devservices.process import Guard, Program
from config.devservices.valkey import Valkey


class Server:
    """One server process with all its children."""

    def __init__(self, program: Program, is_ready: Callable[[int], bool], folder: Path, guard: Guard):
        self.name = program.name
        self._program, self._is_ready, self._folder, self._guard = program, is_ready, folder, guard
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it; it may take a moment before it serves."""
        with (self._folder / f"{self.name}.log").open("ab") as log:
            options = self._program.popen_options()
            self._process = subprocess.Popen(self._program.argv, stdout=log, stderr=subprocess.STDOUT, **options)
        self._guard.add(self._process.pid, self._program.abort_signal)

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.launch()
        wait_for(self.name, lambda: self._is_ready(self.pid), self._folder)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def restore(self) -> None:
        """Let it go on where it was paused, or start it where it was killed; connections to it that live stay."""
        if self._process is None:
            self.start()
        else:
            self.resume()

    def kill(self) -> None:
        """kill -9 for the process and its children."""
        if self._process is None:
            return
        children = self._signal(signal.SIGKILL)
        self._process.wait()
        # A child that has not quite gone still holds PostgreSQL's shared memory, and the next start would be refused.
        wait_for(f"The end of {self.name}", lambda: not any(map(is_there, children)), self._folder)
        self._guard.remove(self.pid)
        self._process = None

    def pause(self) -> None:
        """SIGSTOP: it is there, accepts connections, and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> list[int]:
        """To the process and its children; which they were."""
        # The parent is stopped first, so that no child is forgotten that it starts meanwhile.
        os.kill(self.pid, signal.SIGSTOP)
        children = children_of(self.pid)
        for pid in [*children, self.pid]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        return children


def is_there(pid: int) -> bool:
    """Whether a process runs, or has not quite ended; nobody waits for a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children_of(parent: int) -> list[int]:
    """The process ids whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


@dataclass(frozen=True)
class Engines:
    """Two running servers and where they are reached."""

    postgres: Server
    valkey: Server
    database_url: str
    redis_url: str


@contextmanager
def breakable() -> Iterator[Engines]:
    """Both servers with an empty database, until the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_data_dir())
        postgres, valkey = Postgres(folder), Valkey(folder)
        lock = take_lock(folder)
        stack.callback(release_lock, lock)
        guard = Guard(lock)
        stack.callback(guard.close)
        servers = (
            Server(postgres.program(), postgres.is_ready, folder, guard),
            Server(valkey.program(), lambda _: valkey.is_ready(), folder, guard),
        )
        postgres.prepare()
        for server in servers:
            stack.callback(server.kill)
            server.start()
        postgres.create_database()
        yield Engines(*servers, postgres.url, valkey.url)
