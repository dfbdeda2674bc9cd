"""The listening socket, and what is said when it cannot be had."""

import os
import socket

import pytest

from config.devservices.errors import DevServicesError
from config.devservices.port import listen


def test_a_free_port_is_listened_on_without_delay() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listener.getsockname(), 1):
            pass


def test_a_taken_port_names_its_holder_and_a_way_out() -> None:
    with listen("127.0.0.1", 0) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(DevServicesError) as raised:
            listen("127.0.0.1", port)
    message = str(raised.value)
    assert f"Port {port} is already used" in message
    assert f"process {os.getpid()}" in message
    assert "make run" in message


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_a_foreign_host_is_explained(host: str) -> None:
    with pytest.raises(DevServicesError, match=f"HOST={host} is not an address of this machine"):
        listen(host, 0)
