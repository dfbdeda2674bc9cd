"""Both engines together, for whoever needs them without a supervisor, such as the tests."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from .account import account_for
from .errors import DevServicesError
from .folders import known_private_folder, open_to_group
from .lock import release_lock, take_lock
from .postgres import Postgres
from .process import Guard, Program, kill_group
from .valkey import Valkey

PATIENCE = 30.0


@dataclass(frozen=True)
class Engines:
    """Where the running engines are reached."""

    database_url: str
    redis_url: str


@contextmanager
def running(data_dir: Path | None = None) -> Iterator[Engines]:
    """PostgreSQL (with the database and pgvector) and Valkey, until the block ends.

    Without `data_dir` they live in a temporary folder. They end with this process, however
    it ends.
    """
    with ExitStack() as stack:
        if data_dir is None:
            data_dir = stack.enter_context(temporary_data_dir())
        postgres = Postgres(data_dir)
        valkey = Valkey(data_dir)
        lock = take_lock(data_dir)
        stack.callback(release_lock, lock)
        guard = Guard(lock)
        stack.callback(guard.close)
        stack.enter_context(child(valkey.program(), data_dir, guard))
        postgres.prepare()
        server = stack.enter_context(child(postgres.program(), data_dir, guard))
        wait_for("PostgreSQL", lambda: postgres.is_ready(server.pid), data_dir)
        wait_for("Valkey", valkey.is_ready, data_dir)
        postgres.create_database()
        yield Engines(postgres.url, valkey.url)


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """A data folder that goes away again, with the private folder it may have needed."""
    folder = Path(tempfile.mkdtemp(prefix="replywell-"))
    open_to_group(folder, account_for(folder))
    try:
        yield folder
    finally:
        if private := known_private_folder(folder):
            rmtree(private, ignore_errors=True)
        rmtree(folder, ignore_errors=True)


@contextmanager
def child(program: Program, data_dir: Path, guard: Guard) -> "Iterator[subprocess.Popen[bytes]]":
    """A child process with its output in a file, ended when the block ends."""
    with (data_dir / f"{program.name}.log").open("ab") as log:
        process = subprocess.Popen(program.argv, stdout=log, stderr=subprocess.STDOUT, **program.popen_options())
    guard.add(process.pid, program.abort_signal)
    try:
        yield process
    finally:
        process.send_signal(program.stop_signal)
        try:
            process.wait(program.stop_timeout)
        except subprocess.TimeoutExpired:
            kill_group(process.pid, program.abort_signal)
            process.kill()
            process.wait()
        guard.remove(process.pid)


def wait_for(name: str, is_ready: Callable[[], bool], data_dir: Path) -> None:
    """Wait until an engine accepts connections."""
    deadline = time.monotonic() + PATIENCE
    while not is_ready():
        if time.monotonic() > deadline:
            raise DevServicesError(f"{name} did not start within {PATIENCE:.0f} s: see its log in {data_dir}.")
        time.sleep(0.02)
