"""A real nginx before web processes of a test, with the configuration that deployments use."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from config.devservices.errors import DevServicesError
from config.devservices.nginx import Nginx, find_nginx
from config.devservices.port import free_ports

# Where it comes from: live's TRUSTED_PROXIES names this address, and no client has it.
ADDRESS = "127.0.0.2"
_LOWEST_PORT = 20_000


class Front:
    """What a client needs to know; it may stand wherever a web process is asked for."""

    def __init__(self, port: int):
        self.port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, address: str, **headers: str) -> httpx2.Client:
        """A client that comes from another address of this machine."""
        transport = httpx2.HTTPTransport(local_address=address)
        return httpx2.Client(base_url=self.url, headers=headers, transport=transport, timeout=30)


@contextmanager
def nginx_before(ports: list[int], folder: Path) -> Iterator[Front]:
    """nginx before processes on these ports, until the block ends; the test is skipped where there is none."""
    try:
        binary = find_nginx()
    except DevServicesError as error:
        pytest.skip(str(error))
    (port,) = free_ports(1, above=_LOWEST_PORT)
    program = Nginx(binary, folder, "127.0.0.1", port, ports, f"        proxy_bind {ADDRESS};\n").program()
    with (folder / "nginx.log").open("ab") as log:
        process = subprocess.Popen(program.argv, stdout=log, stderr=log, **program.popen_options())
    try:
        _wait(Front(port), process, folder)
        yield Front(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait(front: Front, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until it answers, whatever it says."""
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx2.get(f"{front.url}/livez", timeout=5)
            return
        except httpx2.ConnectError:
            time.sleep(0.02)
    raise AssertionError((folder / "nginx.log").read_text())
