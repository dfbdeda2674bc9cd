"""Connections that go where the check looked: one resolution, every address of it checked, the socket to one of them.

Resolving a second time to connect would let a name say one thing to the check and another to the socket (rebinding).
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2

from config.common.networks import Network, reachable

Resolver = Callable[[str, int], Sequence[str]]


class NotReachable(Exception):
    """The name leads to an address that is not to be connected to."""


class Deadline:
    """A moment by which all must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises httpcore2.TimeoutException when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time is up")
        return left


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver says, decimal, octal and hexadecimal forms included."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PinnedBackend(httpcore2.NetworkBackend):
    """Opens the sockets of a connection pool, and holds them to a deadline."""

    def __init__(
        self, deadline: Deadline, resolve: Resolver, allowed: Iterable[Network], *, inner_only: bool = False
    ) -> None:
        self._deadline, self._resolve, self._allowed = deadline, resolve, tuple(allowed)
        self._inner_only = inner_only
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers, once all of them are found fit."""
        addresses = self._addresses(host, port)
        if not addresses:
            raise httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            if not reachable(address, self._allowed, inner_only=self._inner_only):
                fit = "in FETCH_ALLOWED_NETWORKS" if self._inner_only else "a public address"
                raise NotReachable(f"{host} leads to {address}, which is not {fit}")
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(address, port, self._deadline.left())
            except httpcore2.ConnectError as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure or httpcore2.ConnectError(f"{host} cannot be reached")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        """Never: only names and addresses are fetched from."""
        raise NotReachable("is a local socket")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Resolve on a thread of its own: the system's resolver knows no timeout."""
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answer.put(list(self._resolve(host, port)))
            except (OSError, UnicodeError) as error:
                answer.put(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            found = answer.get(timeout=self._deadline.left())
        except queue.Empty:
            raise httpcore2.ConnectTimeout(f"{host} took too long to resolve") from None
        if isinstance(found, Exception):
            raise httpcore2.ConnectError(f"{host} cannot be resolved") from found
        return list(found)


class _Stream(httpcore2.NetworkStream):
    """A stream of which each read has only what is left of the whole: a byte now and then does not keep it open."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
