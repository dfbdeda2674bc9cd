"""Whose address counts: the peer's, or what proxies we trust say about theirs."""

import pytest

from config.common.address import client_address, is_internal, is_trusted


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        ([], "198.51.100.7", "", "198.51.100.7"),
        ([], "198.51.100.7", "203.0.113.1", "198.51.100.7"),
        (["10.0.0.1"], "198.51.100.7", "203.0.113.1", "198.51.100.7"),
        (["10.0.0.1"], "10.0.0.1", "203.0.113.1", "203.0.113.1"),
        (["10.0.0.1"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "1.1.1.1, 203.0.113.1", "203.0.113.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 203.0.113.1, 10.2.3.4", "203.0.113.1"),
        (["10.0.0.0/8"], "10.0.0.1", "10.9.9.9", "10.9.9.9"),
        (["10.0.0.1"], "10.0.0.1", "10.0.0.1, 203.0.113.1", "203.0.113.1"),
        (["10.0.0.1"], "10.0.0.1", " , 203.0.113.1 ,", "203.0.113.1"),
        (["fd00::/8"], "fd00::1", "2001:db8::7", "2001:db8::7"),
        (["10.0.0.1"], "local", "203.0.113.1", "local"),
    ],
)
def test_forwarded_addresses(settings, proxies, peer, forwarded, address):
    """Red when the header is read from the left, or from a peer nobody trusts."""
    settings.TRUSTED_PROXIES = proxies
    assert client_address(peer, forwarded) == address


@pytest.mark.parametrize("address", ["", "local", "10.0.0.2", "not-an-address", "::1"])
def test_what_is_no_trusted_proxy(settings, address):
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    assert not is_trusted(address)


@pytest.mark.parametrize(
    ("peer", "forwarded", "internal"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("10.1.2.3", "", True),
        ("192.168.1.1", "", True),
        ("8.8.8.8", "", False),
        ("127.0.0.1", "8.8.8.8", False),
        ("", "", False),
        ("local", "", False),
    ],
)
def test_who_is_on_our_own_network(peer, forwarded, internal):
    assert is_internal(peer, forwarded) is internal
