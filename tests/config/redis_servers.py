"""Valkey servers of a test's own, over TCP: single, a primary with its replica and a sentinel, or a cluster."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
from kombu.exceptions import OperationalError

from config.common.errors import Unavailable
from config.devservices.valkey import find_server

PATIENCE = 60.0


def free_port() -> int:
    """A port nobody uses; its cluster bus, 10,000 higher, must fit too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
        if port < 50_000:
            return port


class Server:
    """One server process, to be killed and started again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self._folder = folder / str(self.port)
        self._folder.mkdir()
        self._arguments = [str(find_server()), *arguments, "--port", str(self.port), "--dir", str(self._folder)]
        self.start()

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._child = subprocess.Popen(self._arguments, cwd=self._folder, stdout=log, stderr=log)
        wait_until(self.answers)

    def kill(self) -> None:
        """kill -9."""
        self._child.kill()
        self._child.wait()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=2)

    def answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False


def wait_until(condition, seconds: float = PATIENCE) -> None:
    """Until `condition` holds; an error of whoever speaks to Redis means not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (redis.RedisError, Unavailable, OperationalError):
            pass
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


@contextmanager
def servers(folder: Path) -> Iterator["Servers"]:
    """A way to start servers, which end with the block."""
    with ExitStack() as stack:
        yield Servers(folder, stack)


class Servers:
    """Starts servers in a folder."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack

    def server(self, *arguments: str) -> Server:
        made = Server(self._folder, *arguments, "--save", "")
        self._stack.callback(made.kill)
        return made

    def watched(self) -> tuple[Server, Server, Server]:
        """A primary, its replica in step with it, and the sentinel that watches both as `main`."""
        primary = self.server()
        replica = self.server("--replicaof", "127.0.0.1", str(primary.port))
        wait_until(lambda: replica.client().info("replication")["master_link_status"] == "up")
        conf = self._folder / "sentinel.conf"
        conf.write_text(
            f"sentinel monitor main 127.0.0.1 {primary.port} 1\n"
            "sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 3000\n"
        )
        sentinel = Server(self._folder, str(conf), "--sentinel")
        self._stack.callback(sentinel.kill)
        wait_until(lambda: len(sentinel.client().sentinel_slaves("main")) == 1)
        return primary, replica, sentinel

    def cluster(self) -> list[Server]:
        """Three primaries that share the slots."""
        nodes = [self.server("--cluster-enabled", "yes") for _ in range(3)]
        for first, last, node in zip((0, 5461, 10923), (5460, 10922, 16383), nodes, strict=True):
            node.client().execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.client().execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
        wait_until(lambda: all(_is_whole(node) for node in nodes))
        return nodes


def _is_whole(node: Server) -> bool:
    info = str(node.client().execute_command("CLUSTER", "INFO"))
    return "cluster_state:ok" in info and "cluster_known_nodes:3" in info
