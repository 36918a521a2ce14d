"""An HTTP proxy before an upstream: its address, its credentials, and the tunnel through it."""

import asyncio
import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

ANSWER_BYTES_MAX: Final = 64 * 1024
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Proxy:
    """`credentials` is a line break and a whole header, or nothing."""

    host: str
    port: int
    credentials: bytes


@lru_cache(maxsize=256)
def proxy_of(url: str) -> Proxy:
    """From "http://[user:password@]host:port". Raises: ValueError, without the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the proxy's URL can't be read") from None
    if parts.scheme != "http" or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError("a proxy is http://[user:password@]host:port")
    return Proxy(parts.hostname, port or 80, _credentials(parts.username, parts.password))


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


def _credentials(user: str | None, password: str | None) -> bytes:
    if user is None:
        return b""
    pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return b"\r\nproxy-authorization: Basic %b" % base64.b64encode(pair)
