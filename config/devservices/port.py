"""The one listening socket that all web processes share."""

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

from .errors import DevServicesError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or a `DevServicesError` that says who is in the way."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise wrong_host(host) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit this; asyncio sets it only where it knows the family.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise explain(error, host, port) from error
    return listener


def free_ports(count: int, above: int) -> list[int]:
    """So many ports of this machine that nobody listens on now, the lowest above the given one."""
    found: list[int] = []
    for port in range(above + 1, 65536):
        if len(found) == count:
            break
        with suppress(DevServicesError):
            listen("127.0.0.1", port).close()
            found.append(port)
    return found


def explain(error: OSError, host: str, port: int) -> DevServicesError:
    """Why the port cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port)
        by = f" by {holder}" if holder else ""
        other = port + 1 if port < 65535 else port - 1
        return DevServicesError(
            f"Port {port} is already used{by}: stop that, or choose another port: PORT={other} make run."
        )
    if error.errno == errno.EACCES:
        return DevServicesError(
            f"Port {port} needs more rights than this account has: "
            "choose one above 1023, for example PORT=8000 make run."
        )
    return wrong_host(host)


def wrong_host(host: str) -> DevServicesError:
    """The error for an address that this machine does not have."""
    return DevServicesError(
        f"HOST={host} is not an address of this machine: use HOST=127.0.0.1 for this machine "
        "only, or HOST=0.0.0.0 for all its addresses."
    )


def holder_of(port: int) -> str:
    """The process that listens on a port, where /proc tells; empty when unknown."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                if os.readlink(descriptor) in inodes:
                    name = (process / "comm").read_text(encoding="utf-8").strip()
                    return f"{name} (process {process.name})"
    return ""
