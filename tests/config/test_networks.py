"""Which addresses are public."""

import pytest

from config.common.networks import parse_networks, reachable

INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.3.1",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_not_reachable(address):
    """Red when a network is taken off the lists, or a mapped address is judged as IPv6."""
    assert not reachable(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address):
    assert reachable(address)


def test_an_allowed_network_is_reachable_in_each_form():
    allowed = parse_networks(["10.20.0.0/16", " fd12:3456::/32 "])
    assert reachable("10.20.3.4", allowed)
    assert reachable("::ffff:10.20.3.4", allowed)
    assert reachable("fd12:3456::1", allowed)
    assert not reachable("10.21.0.1", allowed)
    assert not reachable("fd12:3457::1", allowed)


@pytest.mark.parametrize("text", ["wiki.example.com", "10.0.0.0/33", "10.0.0.1/8", "*"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError):
        parse_networks([text])
