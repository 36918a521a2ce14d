"""Where a host name leads, and the addresses that no upstream ever has."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CACHE_S: Final = (
    30.0  # as long as nginx and curl trust an answer whose time to live they can't see: about half a minute
)
CACHED_HOSTS_MAX: Final = 1024

# Cloud metadata services hand out credentials to whoever asks from inside. Private and loopback ranges stay open:
# operators run model servers there.
_REFUSED_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local: AWS, GCP, Azure, Tencent, ECS task credentials
        "100.100.100.200/32",  # Alibaba Cloud
        "100.96.0.96/32",  # Volcengine
        "168.63.129.16/32",  # Azure WireServer
        "192.0.0.192/32",  # Oracle Cloud
        "fe80::/10",  # link-local
        "fd00:ec2::/32",  # AWS: metadata at ::254, pod identity at ::23
        "fd20:ce::/32",  # GCP
    )
)
# Resolved by a proxy these names would never pass our check of addresses.
_REFUSED_NAMES: Final = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.tencentyun.com",
    }
)
_CARRIES_IPV4: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))  # NAT64, "compatible"


def is_refused(address: str) -> bool:
    """Whether a numeric address leads to a metadata service, also when it hides inside an IPv6 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    carried = _carried_ipv4(ip) if isinstance(ip, ipaddress.IPv6Address) else None
    return any(ip in network or (carried is not None and carried in network) for network in _REFUSED_NETWORKS)


def is_refused_name(host: str) -> bool:
    """Whether a host is a metadata service by its name or as a number in any spelling (0xA9FEA9FE, 2852039166)."""
    if host.lower().rstrip(".") in _REFUSED_NAMES:
        return True
    number = _number(host)
    return number is not None and is_refused(number)


@dataclass(frozen=True, slots=True)
class _Known:
    addresses: tuple[str, ...]
    until: float


class AddressBook:
    """Looks names up, remembers the answers for a while, and asks once for all who wait for the same name."""

    __slots__ = ("_known", "_pending", "_resolve")

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or _resolve
        self._known: dict[str, _Known] = {}
        self._pending: dict[str, asyncio.Future[OSError | None]] = {}

    async def addresses(self, host: str) -> tuple[str, ...]:
        """At least one numeric address. Raises: OSError if there is none, UnicodeError if it can't be a host name."""
        now = asyncio.get_running_loop().time
        while True:
            known = self._known.get(host)
            if known is not None and now() < known.until:
                return known.addresses
            pending = self._pending.get(host)
            if pending is None:
                return await self._look_up(host)
            if (error := await asyncio.shield(pending)) is not None:
                raise OSError(*error.args) from error

    async def _look_up(self, host: str) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        pending = self._pending[host] = loop.create_future()
        error: OSError | None = None
        try:
            addresses = await self._resolve(host)
            self._remember(host, _Known(addresses, loop.time() + CACHE_S))
        except OSError as failed:
            error = failed
            raise
        finally:
            # Also when the one who asks is cancelled: then the next in line asks again.
            del self._pending[host]
            pending.set_result(error)
        return addresses

    def _remember(self, host: str, known: _Known) -> None:
        if len(self._known) >= CACHED_HOSTS_MAX:
            self._known.clear()
        self._known[host] = known


async def _resolve(host: str) -> tuple[str, ...]:
    if _is_literal(host):
        return (host,)
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _number(host: str) -> str | None:
    if _is_literal(host):
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


def _carried_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if any(ip in network for network in _CARRIES_IPV4):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
