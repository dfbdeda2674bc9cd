"""`make cluster`: every process is killed in turn while customers write through nginx, and comes back."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg.rows import dict_row

from config.devservices.nginx import find_nginx
from tests.breakable import children_of
from tests.devservices.processes import is_running, processes_naming
from tests.engines import ROOT
from tests.faults.conftest import until
from tests.front import Front
from tests.live import Customer
from tests.senders import Sender, losses, with_a_person

GENEROUS = ("RATE_LIMIT_MESSAGES", "RATE_LIMIT_HTTP", "RATE_LIMIT_SESSIONS")
# By what their command lines say; the order in which they are killed.
KILLED = {
    "web-1": "--port {first}",
    "web-2": "--port {second}",
    "worker-ai": "ai@%h",
    "worker-ingest": "ingest@%h",
    "worker-webhooks": "webhooks@%h",
    "beat": " beat ",
    "nginx": "nginx.conf",
    "valkey": "valkey-server",
    "postgres": "bin/postgres",
}


class Cluster:
    """The command, its output, and what tests of live installations ask for."""

    def __init__(self, folder: Path):
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_GIVEN}
        environment |= {"DATA_DIR": str(folder), "PORT": "0", "WEB_PROCESSES": "2"}
        environment |= dict.fromkeys(GENEROUS, "100000/m")
        self.log = folder.with_suffix(".log")
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.devservices", "cluster"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return "\nReady: " in self.log.read_text()

    def look(self) -> None:
        """Read from its output where everything is."""
        said = self.log.read_text()
        self.front = Front(int(re.findall(r"Replywell: http://127.0.0.1:(\d+)/", said)[0]))
        self.ports = re.findall(r"on ports (\d+), (\d+)", said)[0]
        self.demo = json.loads((self.folder / "demo.json").read_text())
        self.database_url = json.loads((self.folder / "environment.json").read_text())["DATABASE_URL"]

    def processes(self, name: str) -> list[int]:
        """The running processes of this kind, children of the supervisor."""
        first, second = self.ports
        text = KILLED[name].format(first=first, second=second)
        return [pid for pid in children_of(self.process.pid) if is_running(pid) and text in command_line(pid)]

    def kill(self, name: str) -> int:
        """kill -9; returns the process that is gone."""
        (pid,) = self.processes(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def serves(self) -> bool:
        """Whether each web process could serve alone."""
        try:
            return all(httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=10).is_success for port in self.ports)
        except httpx2.HTTPError:
            return False

    def rows(self, query: str, *parameters) -> list[dict]:
        with psycopg.connect(self.database_url, row_factory=dict_row, autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def http(self, web: object = None, **headers: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.front.url, headers=headers, timeout=30)

    def customer(self, web: object = None, **body) -> Customer:
        response = self.http().post("/api/v1/sessions", json={"inbox": self.demo["inbox_key"]} | body)
        assert response.status_code == 201, response.text
        return Customer(self, self.front, response.json())


async def more_acks(senders: list[Sender], number: int) -> float:
    """Wait until so many more messages are acked; returns how long it took."""

    def acked() -> int:
        return sum(len(sender.acked) for sender in senders)

    wanted = acked() + number
    return await until(lambda: acked() >= wanted, 120)


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


_NOT_GIVEN = {"DATABASE_URL", "REDIS_URL", "REPLYWELL_DEV", "SECRET_KEY", "SESSION_ENCRYPTION_KEYS", "EXTRA_APPS"}
_NOT_GIVEN |= {"MAKELEVEL", "ALLOWED_HOSTS", "DATA_DIR", "REPLYWELL_TEST_ENGINES", "LOG_FORMAT"}


@pytest.fixture
def cluster(tmp_path):
    find_nginx()
    running = Cluster(tmp_path / "cluster")
    yield running
    running.process.terminate()
    running.process.wait(60)


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_each_process_is_killed_in_turn(cluster, capsys):
    """0 lost, doubled or reordered; messages flow again within 30 s; nothing is left after the end.

    Red when consumers._send acks before perform(), or the supervisor does not start again what died.
    """
    await until(cluster.is_ready, 600)
    cluster.look()
    assert cluster.http().get("/metrics").status_code == 404
    senders = [Sender(await with_a_person(cluster), [cluster.front], 5_000) for _ in range(20)]
    running = asyncio.gather(*(sender.run() for sender in senders))
    for name in KILLED:
        await more_acks(senders, 50)
        gone = await asyncio.to_thread(cluster.kill, name)
        flowing = await more_acks(senders, 50)
        back = await until(lambda name=name, gone=gone: set(cluster.processes(name)) - {gone}, 60)
        await until(cluster.serves, 180)
        with capsys.disabled():
            print(f"{name}: 50 messages after {flowing:.1f} s, a new process {back:.1f} s later")
        assert flowing < 30
    for sender in senders:
        sender.finish()
    await running
    assert losses(cluster, senders) == {}
    customer = await asyncio.to_thread(cluster.customer)
    async with customer.socket(web=cluster.front) as line:
        await line.ask("How do I start it?")
        assert (await line.message(role="assistant", seconds=60))["citations"]
    cluster.process.terminate()
    assert await asyncio.to_thread(cluster.process.wait, 60) == 0
    assert processes_naming(str(cluster.folder)) == []
