"""Whose address counts when proxies stand in front of us."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings


def client_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer, or, when the peer is one of TRUSTED_PROXIES, what it says about its own.

    `forwarded_for` is the X-Forwarded-For header, read from the right past trusted proxies: what stands further left
    was written by whoever wanted to.
    """
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _trusted(address, settings.TRUSTED_PROXIES):
            break
        address = hop
    return address


def _trusted(address: str, proxies: Iterable[str]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
        return any(ip in ipaddress.ip_network(proxy, strict=False) for proxy in proxies)
    except ValueError:
        return False
