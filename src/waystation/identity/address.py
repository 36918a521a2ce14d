"""The address that a call comes from, and whether a sub-token may be used there."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOPS_MAX: Final = 32  # of a header that anyone may write


def caller_address(peer: str, forwarded: bytes | None, trusted: Sequence[Network]) -> Address | None:
    """Who called, by `x-forwarded-for` as far as those who wrote it are trusted.

    Each proxy appends whom it was called by, so it is read from the right, up to the first that is not ours: what
    stands left of it may be made up. None if that is no address.
    """
    address = _parse(peer)
    if forwarded is None or address is None or not _is_in(address, trusted):
        return address
    for hop in reversed(forwarded.decode("latin-1").split(",")[-HOPS_MAX:]):
        address = _parse(hop.strip())
        if address is None or not _is_in(address, trusted):
            return address
    return address


def allows(addresses: tuple[str, ...] | None, address: Address | None) -> bool:
    """Whether one of the networks holds the address; None allows all, also one that is not known."""
    return addresses is None or (address is not None and _is_in(address, networks(addresses)))


@lru_cache(maxsize=4096)
def networks(addresses: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(address) for address in addresses)


def _is_in(address: Address, networks_: Sequence[Network]) -> bool:
    return any(address in network for network in networks_)  # of another version is never in it


def _parse(text: str) -> Address | None:
    """Some proxies write a port too: "192.0.2.1:4711", "[2001:db8::1]:4711"."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
