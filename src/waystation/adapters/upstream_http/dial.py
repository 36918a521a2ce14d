"""Opening a connection: the name, the addresses one after the other, the proxy, TLS."""

import asyncio
from collections.abc import Callable
from typing import Final

from waystation.adapters.upstream_http.address import AddressBook, is_refused, is_refused_name
from waystation.adapters.upstream_http.connection import Connection
from waystation.adapters.upstream_http.head import authority
from waystation.adapters.upstream_http.proxy import proxy_of, tunnel
from waystation.adapters.upstream_http.socks import socks
from waystation.adapters.upstream_http.tls import TlsContexts
from waystation.ports import Endpoint
from waystation.wire.errors import AddressRefused, ConnectFailed

Make = Callable[[], Connection]

_REASON_CHARS_MAX: Final = 200


class Dialer:
    __slots__ = ("_book", "_tls")

    def __init__(self, book: AddressBook | None = None) -> None:
        self._book = book or AddressBook()
        self._tls = TlsContexts()

    async def dial(self, endpoint: Endpoint, budget_s: float, make: Make) -> Connection:
        """A connection to the endpoint, its certificate verified. Every address gets its share of the budget.

        The addresses are checked after the look-up and connected to as they are, so no second look-up can differ.
        Raises: ConnectFailed, AddressRefused. The caller stops it when the budget is spent.
        """
        name = f"{endpoint.host}:{endpoint.port}"
        try:
            hop, port = self._hop(endpoint)
            addresses = () if is_refused_name(endpoint.host) else await self._book.addresses(hop)
            if not addresses or any(map(is_refused, addresses)):
                raise AddressRefused(f"{name}: connect: a cloud metadata address")
            return await self._first_of(addresses, endpoint, port, budget_s, make)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError, UnicodeError a ValueError
            raise ConnectFailed(f"{name}: connect: {_reason(error)}") from error

    @staticmethod
    def _hop(endpoint: Endpoint) -> tuple[str, int]:
        if endpoint.proxy is None:
            return endpoint.host, endpoint.port
        proxy = proxy_of(endpoint.proxy)
        return proxy.host, proxy.port

    async def _first_of(
        self, addresses: tuple[str, ...], endpoint: Endpoint, port: int, budget_s: float, make: Make
    ) -> Connection:
        now = asyncio.get_running_loop().time
        end = now() + budget_s
        failure: OSError = OSError("no address")
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            # The last one may use what is left; then the caller stops it, and calls it a timeout.
            share_s = (end - now()) / (others + 1) if others else None
            try:
                async with asyncio.timeout(share_s):
                    return await self._connect(address, port, endpoint, make)
            except OSError as error:  # TimeoutError is one too
                failure = error
        raise failure

    async def _connect(self, address: str, port: int, endpoint: Endpoint, make: Make) -> Connection:
        loop = asyncio.get_running_loop()
        context = self._tls.context(endpoint.ca_file) if endpoint.scheme == "https" else None
        transport = await _through(endpoint, address, secure=context is not None)
        if transport is None:
            name = endpoint.host if context is not None else None
            return (await loop.create_connection(make, address, port, ssl=context, server_hostname=name))[1]
        connection = make()
        if context is None:
            transport.set_protocol(connection)
            connection.connection_made(transport)
            return connection
        secured = await loop.start_tls(transport, connection, context, server_hostname=endpoint.host)
        if secured is None:
            raise ConnectionResetError("closed during the TLS handshake")
        connection.connection_made(secured)
        return connection


async def _through(endpoint: Endpoint, address: str, *, secure: bool) -> asyncio.Transport | None:
    """The way that the proxy at `address` opens to the endpoint; None if none is needed."""
    if endpoint.proxy is None:
        return None
    proxy = proxy_of(endpoint.proxy)
    if proxy.kind == "socks5":
        authority(endpoint)  # also checks the host
        return await socks(proxy, address, endpoint.host, endpoint.port)
    return await tunnel(proxy, address, authority(endpoint)) if secure else None


def _reason(error: Exception) -> str:
    """In words of the system or of OpenSSL; it holds names and addresses, nothing of a request."""
    return (str(error) or type(error).__name__)[:_REASON_CHARS_MAX]
