"""Whose address counts when proxies stand in front of us."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer, or, when the peer is one of TRUSTED_PROXIES, what it says about its own.

    `forwarded_for` is the X-Forwarded-For header, read from the right past trusted proxies: what stands further left
    was written by whoever wanted to.
    """
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not is_trusted(address):
            break
        address = hop
    return address


def limit_key(address: str) -> str:
    """What is counted as one address: with IPv6 its /64 network, for whoever has one has all of it."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip.version == 6 and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return address


def of_request(request: HttpRequest) -> str:
    """The client's address of an HTTP request; `local` when it came through a unix socket."""
    return client_address(request.META.get("REMOTE_ADDR") or "local", request.headers.get("X-Forwarded-For", ""))


def is_trusted(address: str) -> bool:
    """Whether the address is one of TRUSTED_PROXIES, whose word on the original request counts."""
    try:
        ip = ipaddress.ip_address(address)
        return any(ip in ipaddress.ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def is_internal(peer: str, forwarded_for: str) -> bool:
    """Whether a request comes from this machine or a private network, and through no proxy."""
    try:
        ip = ipaddress.ip_address(peer)
    except ValueError:
        return False
    return not forwarded_for and (ip.is_loopback or ip.is_private)
