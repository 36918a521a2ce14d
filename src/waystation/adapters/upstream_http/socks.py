"""The way through a SOCKS5 proxy (RFC 1928), with user and password where it has them (RFC 1929).

The proxy is told the upstream's name and looks it up itself: often only it can, or may. A library would be a dependency
for three short messages.
"""

import asyncio
import ipaddress
from typing import Final

from waystation.adapters.upstream_http.proxy import Proxy

_PLAIN: Final = b"\x05\x01\x00"  # version 5, one way to log in: none
_WITH_LOGIN: Final = b"\x05\x01\x02"  # or user and password; the proxy is not asked to take less
_CONNECT: Final = b"\x05\x01\x00"
_HOST_BYTES_MAX: Final = 255
_ADDRESS_BYTES: Final = {1: 4, 4: 16}
_REASONS: Final = {
    1: "the proxy failed",
    2: "the proxy does not allow it",
    3: "the proxy can't reach the network",
    4: "the proxy can't reach the host",
    5: "the upstream refused the proxy's connection",
    6: "the proxy's packets lived too short",
    7: "the proxy does not know the command",
    8: "the proxy does not know such addresses",
}


async def socks(proxy: Proxy, address: str, host: str, port: int) -> asyncio.Transport:
    """An open way to host and port through the proxy at `address`. Raises: OSError; ValueError for such a host."""
    target = _target(host) + port.to_bytes(2, "big")
    loop = asyncio.get_running_loop()
    transport, words = await loop.create_connection(lambda: _Words(loop), address, proxy.port)
    opened = False
    try:
        await _log_in(transport, words, proxy.credentials)
        transport.write(_CONNECT + target)
        await _await_way(words)
        if words.heard:  # the next word is ours, so these bytes are not the upstream's
            raise ConnectionAbortedError("the proxy spoke into the tunnel")
        opened = True
    finally:
        if not opened:
            transport.abort()
    return transport


async def _log_in(transport: asyncio.Transport, words: "_Words", login: bytes) -> None:
    transport.write(_WITH_LOGIN if login else _PLAIN)
    version, method = await words.take(2)
    if version != 5:
        raise ConnectionAbortedError("the proxy's answer is not SOCKS 5")
    if method != (2 if login else 0):
        raise ConnectionRefusedError("the proxy takes " + ("no user and password" if login else "no one unnamed"))
    if login:
        transport.write(login)
        _, status = await words.take(2)
        if status:
            raise ConnectionRefusedError("the proxy refused the user and password")


async def _await_way(words: "_Words") -> None:
    version, status, _, kind = await words.take(4)
    if version != 5:
        raise ConnectionAbortedError("the proxy's answer is not SOCKS 5")
    if status:
        raise ConnectionRefusedError(_REASONS.get(status, f"the proxy answered {status}"))
    if kind not in {1, 3, 4}:
        raise ConnectionAbortedError("the proxy's answer is not SOCKS 5")
    size = _ADDRESS_BYTES.get(kind) or (await words.take(1))[0]
    await words.take(size + 2)  # where the proxy connects from is of no use to us


def _target(host: str) -> bytes:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("ascii" if host.isascii() else "idna")
        if len(name) > _HOST_BYTES_MAX:
            raise ValueError("the host's name is too long for SOCKS") from None
        return b"\x03%c%b" % (len(name), name)
    return (b"\x01" if number.version == 4 else b"\x04") + number.packed


class _Words(asyncio.Protocol):
    """Hands out what the proxy says, so many bytes at a time; more than that is never asked for at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.heard = b""
        self._loop = loop
        self._wanted = 0
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None

    async def take(self, size: int) -> bytes:
        self._wanted = size
        if len(self.heard) < size and not self._closed:
            self._waiter = self._loop.create_future()
            await self._waiter
        if len(self.heard) < size:
            raise ConnectionResetError("the proxy closed the connection")
        word, self.heard = self.heard[:size], self.heard[size:]
        return word

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if len(self.heard) >= self._wanted:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
