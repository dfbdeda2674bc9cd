"""Which addresses belong to the public internet. What we fetch for somebody must not reach what only we can reach."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries, written out: what `ipaddress` takes for private differs between Python releases.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
# Teredo and other protocols, documentation, 6to4: within global unicast, and not public or a way around.
_NOT_PUBLIC_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# Networks that reach IPv4 only through this translation have every public site below it.
_NAT64 = IPv6Network("64:ff9b::/96")
# Where clouds hand their machines credentials.
METADATA: tuple[Network, ...] = (IPv4Network("169.254.0.0/16"), IPv6Network("fd00:ec2::254/128"))


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from `10.1.0.0/16`, `10.1.2.3` or `fd12:3456::/32`. Raises ValueError for anything else."""
    return tuple(ip_network(text.strip()) for text in texts if text.strip())


def reachable(address: str, allowed: Iterable[Network] = (), *, inner_only: bool = False) -> bool:
    """Whether an address, as a resolver gives it, is public (which `inner_only` rules out) or in an allowed network."""
    ip = _plain(ip_address(address.partition("%")[0]))
    if any(ip.version == network.version and ip in network for network in allowed):
        return True
    if inner_only:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_V4)
    return ip in _GLOBAL_UNICAST_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)


def _plain(ip: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
