"""The port `Fetcher` on our own client of upstreams."""

import asyncio
from collections.abc import Iterable
from typing import Final

from waystation import __version__
from waystation.adapters.fetcher.link import Link, parse, refused
from waystation.adapters.fetcher.lookup import Lookup
from waystation.adapters.fetcher.media import ACCEPT, declared, is_wanted, sniffed
from waystation.adapters.fetcher.public import Network, PublicBook
from waystation.adapters.upstream_http import HttpTransport, PoolLimits
from waystation.adapters.upstream_http.address import Resolve
from waystation.adapters.upstream_http.dial import Dialer
from waystation.adapters.upstream_http.response import Response
from waystation.ports import Fetched, Outbound
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import BodyTooLarge, ConnectFailed, UpstreamError, UpstreamTimeout

AT_ONCE_MAX: Final = 32  # in the whole process: each may hold a file of the largest size in memory
REDIRECTS_MAX: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = ((b"accept", ACCEPT), (b"user-agent", f"waystation/{__version__}".encode()))
_TYPES: Final = "no image, sound, video, PDF or plain text"
# One answer for "not public" and "not there", so that nobody learns from it what stands in our network.
_UNREACHABLE: Final = "it has no public address, or can't be reached"


class HttpFetcher:
    """`allowed` are networks that may be reached although they are not public. No connection is kept."""

    __slots__ = ("_lookup", "_max_bytes", "_timeout_s", "_timeouts", "_transport", "_turns")

    def __init__(
        self, *, max_bytes: int, timeout_s: float, allowed: Iterable[Network] = (), resolve: Resolve | None = None
    ) -> None:
        limits = PoolLimits(connections_max=AT_ONCE_MAX, idle_max=0, waiting_max=0)
        self._lookup = Lookup()
        self._transport = HttpTransport(limits, Dialer(PublicBook(allowed, resolve or self._lookup.addresses)))
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._timeouts = Timeouts(connect_s=timeout_s / 2, first_byte_s=timeout_s, idle_s=timeout_s, total_s=timeout_s)
        self._turns = asyncio.Semaphore(AT_ONCE_MAX)

    async def fetch(self, url: str) -> Fetched:
        """Raises: LinkRefused. It has `timeout_s` from its turn on, with all its redirects."""
        link = parse(url)
        async with self._turns:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._follow(link)
            except TimeoutError as error:
                raise refused(link.shown, "it did not answer in time") from error

    async def aclose(self) -> None:
        await self._transport.aclose()
        self._lookup.close()

    async def _follow(self, link: Link) -> Fetched:
        for _ in range(REDIRECTS_MAX + 1):
            found = await self._get(link)
            if isinstance(found, Fetched):
                return found
            link = found
        raise refused(link.shown, f"it lies behind more than {REDIRECTS_MAX} redirects")

    async def _get(self, link: Link) -> Fetched | Link:
        """What is there, or where it has gone."""
        try:
            response = await self._transport.send(
                Outbound(link.endpoint, "GET", link.target, _HEADERS, b"", self._timeouts)
            )
            try:
                return await self._read(link, response)
            finally:
                response.close()
        except UpstreamError as error:
            raise refused(link.shown, _reason(error, self._max_bytes)) from error

    async def _read(self, link: Link, response: Response) -> Fetched | Link:
        location = response.header(b"location")
        if response.status in _REDIRECTS and location is not None:
            return link.follow(location.decode("utf-8", "replace"))
        if response.status != 200:
            raise refused(link.shown, f"it answered with the status {response.status}")
        said = declared(response.header(b"content-type"))
        if said is not None and not is_wanted(said):
            raise refused(link.shown, f"it is {said!r}: {_TYPES}")
        data = await response.read(self._max_bytes)
        if not data:
            raise refused(link.shown, "it is empty")
        media_type = said or sniffed(data)
        if media_type is None:
            raise refused(link.shown, f"it is {_TYPES}")
        return Fetched(media_type, data)


def _reason(error: UpstreamError, max_bytes: int) -> str:
    """In words that show nothing of where the address led."""
    if isinstance(error, BodyTooLarge):
        return f"it is larger than {max_bytes} bytes"
    if isinstance(error, UpstreamTimeout):
        return "it did not answer in time"
    if isinstance(error, ConnectFailed):
        return _UNREACHABLE
    return "what answers there broke off, or does not speak plain HTTP"
