"""Addresses that an operator may give for an upstream or a proxy."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
_NUMBER: Final = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")

# Where clouds hand credentials to whoever asks from inside. Link-local addresses are refused as a whole.
METADATA_HOSTS: Final = frozenset(
    {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}
)
METADATA_ADDRESSES: Final = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "100.100.100.200",  # Alibaba Cloud, alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
        "168.63.129.16",  # Azure's wire server, learn.microsoft.com: "What is IP address 168.63.129.16"
        "192.0.0.192",  # Oracle Cloud
        "fd00:ec2::254",  # AWS over IPv6
        "fd20:ce::254",  # Google Cloud over IPv6
    )
)
_LOGIN_BYTES_MAX: Final = 255  # RFC 1929, 2
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def base_url(text: str) -> str:
    """An upstream's address without its last slash. Raises: ValueError in words that do not hold the address."""
    parts = _split(text)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("only http:// and https:// are spoken")
    if "@" in parts.netloc:
        raise ValueError("it holds a user or password; keys go into `keys`")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("it has a query or a fragment")
    _check_host(parts)
    return text.rstrip("/")


def proxy(text: str) -> str:
    """A proxy's address: http:// or socks5://[user:password@]host:port. Raises: ValueError in words without it."""
    parts = _split(text)
    if parts.scheme not in {"http", "socks5", "socks5h"}:
        raise ValueError("only http:// and socks5:// proxies are spoken to")
    if parts.scheme != "http" and parts.username is not None:
        _check_login(parts)
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("it goes on after its port")
    _check_host(parts)
    if parts.port is None:
        raise ValueError("its port is missing")
    return text.rstrip("/")


def _check_login(parts: SplitResult) -> None:
    for part in (parts.username, parts.password):
        if not 0 < len(unquote_to_bytes(part or "")) <= _LOGIN_BYTES_MAX:
            raise ValueError(f"its user and password must have 1 to {_LOGIN_BYTES_MAX} bytes each")


def _split(text: str) -> SplitResult:
    if _VISIBLE.fullmatch(text) is None or "\\" in text:
        raise ValueError("it has a space, a backslash or a character that is not ASCII")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("its host or port can't be read") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError("its port can't be read")
    return parts


def _check_host(parts: SplitResult) -> None:
    host = parts.hostname
    if not host:
        raise ValueError("its host is missing")
    if "[" in parts.netloc or _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        _check_address(host)
    elif _HOST.fullmatch(host) is None:
        raise ValueError("its host can't be read")
    elif host.rstrip(".") in METADATA_HOSTS:
        raise ValueError("it is a cloud's metadata service, which no upstream is")


def _check_address(host: str) -> None:
    """A host that ends in a number is an address; one in hex, octal or short form is a way round a list like ours."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError("its host is a number but no plain IP address") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.is_link_local or address in METADATA_ADDRESSES:
        raise ValueError("it is a cloud's metadata service, which no upstream is")
    if address.is_unspecified or address.is_multicast:
        raise ValueError("nothing can be reached at its address")
