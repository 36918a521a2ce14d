"""Which addresses belong to the public internet, and names that lead nowhere else.

Source: IANA's registries of special-purpose addresses, IPv4 and IPv6 (2026-11).
"""

import ipaddress
from collections.abc import Iterable
from typing import Final

from waystation.adapters.upstream_http.address import Address, AddressBook, Resolve, is_refused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays from IPv6
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to any IPv4 address, and nobody is served by it any more
        "3fff::/20",  # documentation
    )
)
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # loopback, link-local, unique local, multicast are outside
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class PublicBook(AddressBook):
    """Hands out none but public or allowed addresses."""

    __slots__ = ("_allowed",)

    def __init__(self, allowed: Iterable[Network], resolve: Resolve) -> None:
        super().__init__(resolve)
        self._allowed = tuple(allowed)

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Raises: OSError also if one of the addresses is not public: such a name is not to be trusted in the rest."""
        found = await super().addresses(host)
        if not all(is_public(address, self._allowed) for address in found):
            raise OSError("an address that is not public")
        return found


def is_public(address: str, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether a numeric address is on the public internet, or in a network that the operator allows.

    A metadata service is neither, wherever it is.
    """
    if is_refused(address):
        return False
    ip = _inner(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in allowed):
        return True
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return not any(ip in network for network in _NOT_PUBLIC)


def _inner(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for: where the connection ends."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
