"""A proxy before an upstream: its address, its credentials, and an HTTP proxy's tunnel. SOCKS is in `socks`."""

import asyncio
import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from waystation.ports import Endpoint

ANSWER_BYTES_MAX: Final = 64 * 1024
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r\n")


_KINDS: Final[dict[str, Literal["http", "socks5"]]] = {"http": "http", "socks5": "socks5", "socks5h": "socks5"}
_PORTS: Final = {"http": 80, "socks5": 1080}
_LOGIN_BYTES_MAX: Final = 255  # RFC 1929, 2


@dataclass(frozen=True, slots=True)
class Proxy:
    """`credentials`: for HTTP a line break and a whole header, for SOCKS the message of RFC 1929; or nothing."""

    host: str
    port: int
    credentials: bytes
    kind: Literal["http", "socks5"] = "http"


@lru_cache(maxsize=256)
def proxy_of(url: str) -> Proxy:
    """From "http://[user:password@]host:port", or the same with socks5.

    Raises: ValueError, without the URL: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the proxy's URL can't be read") from None
    kind = _KINDS.get(parts.scheme)
    if kind is None or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("a proxy is http://[user:password@]host:port or socks5://[user:password@]host:port")
    credentials = _basic(parts) if kind == "http" else _login(parts)
    return Proxy(parts.hostname, port or _PORTS[kind], credentials, kind)


def reads_heads(endpoint: Endpoint) -> Proxy | None:
    """The proxy that reads our requests itself, so that it must be told the whole address; None if nobody does."""
    if endpoint.proxy is None or endpoint.scheme == "https":
        return None
    proxy = proxy_of(endpoint.proxy)
    return proxy if proxy.kind == "http" else None


async def tunnel(proxy: Proxy, address: str, target: bytes) -> asyncio.Transport:
    """An open way to `target` (host:port) through the proxy at `address`. Raises: OSError."""
    loop = asyncio.get_running_loop()
    transport, answer = await loop.create_connection(lambda: _Answer(loop), address, proxy.port)
    opened = False
    try:
        transport.write(b"CONNECT %b HTTP/1.1\r\nhost: %b%b\r\n\r\n" % (target, target, proxy.credentials))
        await answer.ready
        opened = True
    finally:
        if not opened:
            transport.abort()
    return transport


class _Answer(asyncio.Protocol):
    """Reads the proxy's answer to CONNECT and nothing after it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.ready: asyncio.Future[None] = loop.create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end and len(head) <= ANSWER_BYTES_MAX:
            return
        status = _STATUS_LINE.match(head + end)
        if not end or status is None:
            self._end(ConnectionAbortedError("the proxy's answer is not HTTP"))
        elif not status[1].startswith(b"2"):
            self._end(ConnectionRefusedError(f"the proxy answered {status[1].decode()}"))
        elif rest:  # the next word is ours (TLS), so these bytes are not the upstream's
            self._end(ConnectionAbortedError("the proxy spoke into the tunnel"))
        else:
            self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        self._end(ConnectionResetError("the proxy closed the connection"))

    def _end(self, error: OSError | None) -> None:
        if self.ready.done():
            return
        if error is None:
            self.ready.set_result(None)
        else:
            self.ready.set_exception(error)


def _basic(parts: SplitResult) -> bytes:
    if parts.username is None:
        return b""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return b"\r\nproxy-authorization: Basic %b" % base64.b64encode(pair)


def _login(parts: SplitResult) -> bytes:
    if parts.username is None:
        return b""
    user, password = unquote(parts.username).encode(), unquote(parts.password or "").encode()
    if not (0 < len(user) <= _LOGIN_BYTES_MAX and 0 < len(password) <= _LOGIN_BYTES_MAX):
        raise ValueError(f"a SOCKS proxy's user and password have 1 to {_LOGIN_BYTES_MAX} bytes each")
    return b"\x01%c%b%c%b" % (len(user), user, len(password), password)
