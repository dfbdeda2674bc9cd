"""What a benchmark runs on: an installation with demo content, the scripted model, servers on one processor of their own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from config.devservices.errors import DevServicesError
from config.devservices.nginx import Nginx, find_nginx
from config.devservices.port import free_ports, listen
from config.devservices.programs import web_programs
from tests.benchmarks import processors, venv
from tests.benchmarks.embedding import FIXED
from tests.breakable import breakable
from tests.engines import ROOT
from tests.live import PATIENCE, Live

# Between two deltas of the model.
PAUSE_SECONDS = 0.005
# The product as `make cluster` starts it.
CLUSTER = "cluster"
LOWEST_PORT = 20_000
APPLICATIONS = {
    "ours": "tests.benchmarks.ours:application",
    "bare": "tests.benchmarks.bare:application",
    "seed": "tests.benchmarks.seed_stack:application",
}


@dataclass
class Server:
    """A running server under test: one process, or a cluster's."""

    name: str
    url: str
    pids: tuple[int, ...]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def seconds_used(self) -> float:
        """User and system time of its processes."""
        return sum(processors.tree_seconds(pid) for pid in self.pids)

    def rss_mb(self) -> float:
        """Resident memory of its processes."""
        return sum(processors.tree_rss_mb(pid) for pid in self.pids)


@dataclass
class Outcome:
    """What the client saw, and what the measured window cost in seconds of processor time. marks: (word, CPU, RSS)."""

    seen: dict[str, Any]
    server_seconds: float
    engine_seconds: float
    rss_mb: dict[str, float]


class Stage:
    """Starts servers as `make run` starts its web process, and sends the client against them."""

    def __init__(self, live: Live, *, fixed_only: bool = False) -> None:
        self.live = live
        self.server_cpus, self.other_cpus = processors.split()
        self.fixed_only = fixed_only
        self._stack = ExitStack()
        self._servers: dict[tuple[str, bool], Server] = {}
        self._environment: dict[str, str] = {}

    def __enter__(self) -> "Stage":
        model = self._start([sys.executable, "-m", "tests.benchmarks.model", str(PAUSE_SECONDS)], self.other_cpus)
        assert model.stdout is not None
        address = model.stdout.readline().decode().strip()
        # As `make run` has it: the tests' own log level would flatter us.
        self._environment = self.live.environment | {"OPENAI_BASE_URL": address, "OPENAI_API_KEY": "test"}
        self._environment |= {"LOG_LEVEL": "INFO", "LOG_FORMAT": "console"}
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def server(self, name: str, *, fixed: bool = False) -> Server:
        """The server of that name, started if need be; `fixed`: with a fixed vector instead of the model."""
        fixed = fixed or self.fixed_only
        if (name, fixed) not in self._servers:
            self._servers[name, fixed] = self._serve(name, fixed)
        return self._servers[name, fixed]

    def fresh(self, name: str) -> Server:
        """A server of that name that has served nothing yet, with the fixed vector."""
        return self._serve(name, True)

    def retire(self, server: Server) -> None:
        """End a server."""
        for pid in server.pids:
            os.killpg(pid, signal.SIGKILL)

    @staticmethod
    def missing(name: str) -> str:
        """Why there is no server of that name; empty when there is."""
        if name == CLUSTER:
            return missing_nginx()
        return (
            "" if name == "ours" or venv.is_complete() else "the comparison's packages are not installed (.venv-bench)"
        )

    def run(self, server: Server, kind: str, **job: Any) -> Outcome:
        """Send the client with a job; measures from its `ready` to its `done`."""
        client = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.client"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, self.other_cpus),
        )
        assert client.stdin is not None
        assert client.stdout is not None
        used: dict[str, tuple[float, float]] = {}
        rss: dict[str, float] = {}
        with client:
            job |= {"kind": kind, "url": server.url, "inbox": self.live.demo["inbox_key"]}
            client.stdin.write(json.dumps(job) + "\n")
            client.stdin.flush()
            for line in client.stdout:
                word = line.strip()
                if word.startswith("{"):
                    break
                used[word] = (server.seconds_used(), self._engines())
                rss[word] = server.rss_mb()
                client.stdin.write("on\n")
                client.stdin.flush()
            else:
                raise RuntimeError(f"the client failed against {server.name}; the server's log: {_tail(server.log)}")
        (web, engines), (web_after, engines_after) = used["ready"], used["done"]
        return Outcome(json.loads(word), web_after - web, engines_after - engines, rss)

    # -- Processes ------------------------------------------------------------------------------

    def _serve(self, name: str, fixed: bool) -> Server:
        return self._cluster(fixed) if name == CLUSTER else self._web(name, fixed, name)

    def _cluster(self, fixed: bool) -> Server:
        """Two web processes behind nginx, all on the one processor: what they cost, not what a second one gains."""
        webs = [self._web("ours", fixed, CLUSTER) for _ in range(2)]
        folder = Path(tempfile.mkdtemp(prefix=f"{CLUSTER}-", dir=self.live.folder))
        folder.chmod(0o755)  # nginx' workers are somebody else
        (port,) = free_ports(1, above=LOWEST_PORT)
        program = Nginx(find_nginx(), folder, "127.0.0.1", port, [web.port for web in webs]).program()
        log = folder / "nginx.log"
        nginx = self._start(list(program.argv), self.server_cpus, log, {"PATH": os.defpath})
        pids = (*(pid for web in webs for pid in web.pids), nginx.pid)
        return self._ready(Server(CLUSTER, f"http://127.0.0.1:{port}", pids, log), nginx)

    def _web(self, name: str, fixed: bool, called: str) -> Server:
        listener = listen("127.0.0.1", 0)
        listener.set_inheritable(True)
        argv = list(web_programs(1, listener.fileno(), {})[0].argv)
        argv[argv.index("config.asgi:application")] = APPLICATIONS[name]
        if name != "ours":
            argv[0] = str(venv.PYTHON)
        log = self.live.folder / f"bench-{called}-{'fixed' if fixed else 'model'}.log"
        # By its name the database tells a server's connections from the others'.
        environment = self._environment | {"PGAPPNAME": log.stem} | ({FIXED: "1"} if fixed else {})
        process = self._start(argv, self.server_cpus, log, environment, (listener.fileno(),))
        server = Server(name, f"http://127.0.0.1:{listener.getsockname()[1]}", (process.pid,), log)
        listener.close()
        return self._ready(server, process)

    def _ready(self, server: Server, process: "subprocess.Popen[bytes]") -> Server:
        """The server, once it serves."""
        deadline = time.monotonic() + PATIENCE
        while not _is_ready(server):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{server.name} did not get ready: {_tail(server.log)}")
            time.sleep(0.1)
        return server

    def _start(
        self,
        argv: list[str],
        cpus: set[int],
        log: Path | None = None,
        environment: dict[str, str] | None = None,
        fds: tuple[int, ...] = (),
    ) -> "subprocess.Popen[bytes]":
        with (log or Path(os.devnull)).open("ab") as output:
            process = subprocess.Popen(
                argv,
                cwd=ROOT,
                env=environment,
                stdout=output if log else subprocess.PIPE,
                stderr=output,
                pass_fds=fds,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, cpus),
            )
        self._stack.callback(_end, process)
        return process

    def _engines(self) -> float:
        """Processor time of PostgreSQL and Valkey, which all servers share."""
        return sum(processors.tree_seconds(child.pid) for child in processors.engines())


def missing_nginx() -> str:
    """Why there is no nginx; empty when there is."""
    try:
        find_nginx()
    except DevServicesError as error:
        return str(error)
    return ""


def _is_ready(server: Server) -> bool:
    try:
        return httpx2.get(f"{server.url}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _tail(log: Path) -> str:
    return log.read_text()[-3000:]


@contextmanager
def installation(folder: Path) -> Iterator[Live]:
    """An installation with demo content and every chunk embedded; its own web process and worker have ended."""
    with breakable() as engines, Live(folder, engines, {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}) as live:
        live.wait_indexed()
        for process in [*live.webs, live.worker]:
            process.kill()
        for engine in processors.engines():
            os.sched_setaffinity(engine.pid, processors.split()[1])
        yield live
