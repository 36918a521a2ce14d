"""A web address as a caller wrote it: taken apart, and refused unless it is plain http or https."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from waystation.ports import Endpoint
from waystation.wire.errors import LinkRefused

URL_CHARS_MAX: Final = 8_192  # signed addresses of object stores have about 2,000
_SHOWN_CHARS_MAX: Final = 200
_PORTS: Final = {"http": 80, "https": 443}
_IN_PATH: Final = "/%:@!$&'()*+,;=~-._"
_IN_QUERY: Final = _IN_PATH + "?"


@dataclass(frozen=True, slots=True)
class Link:
    """`target` is path and query, in visible ASCII.

    `shown` names the caller's own address in errors, also after a redirect, and without its query, which may be secret.
    """

    endpoint: Endpoint
    target: str
    shown: str
    url: str

    def follow(self, location: str) -> "Link":
        """Where a redirect leads. Raises: LinkRefused."""
        try:
            link = parse(urljoin(self.url, location))
        except (LinkRefused, ValueError) as error:
            raise refused(self.shown, "it leads to an address that is refused") from error
        if self.endpoint.scheme == "https" and link.endpoint.scheme != "https":
            raise refused(self.shown, "it leads away from https")
        return replace(link, shown=self.shown)


def parse(url: str) -> Link:
    """Raises: LinkRefused."""
    url = url.strip(" \t\r\n")
    if len(url) > URL_CHARS_MAX:
        raise refused("A link", f"it has more than {URL_CHARS_MAX} characters")
    if not url.isprintable() or "\\" in url:
        raise refused("A link", "it holds characters that no address has")
    try:
        split = urlsplit(url)
        host, port = _host(split), split.port
    except ValueError as error:  # UnicodeError is one
        raise refused("A link", "it is not a web address") from error
    shown = repr(f"{split.scheme}://{host}{split.path}"[:_SHOWN_CHARS_MAX])
    if split.scheme not in _PORTS or not host:
        raise refused("A link", "it does not begin with https:// or http:// and a host")
    if "@" in split.netloc:
        raise refused(shown, "it holds a user's name or password")
    if port == 0:
        raise refused(shown, "no server has port 0")
    target = quote(split.path, safe=_IN_PATH) or "/"
    if split.query:
        target += "?" + quote(split.query, safe=_IN_QUERY)
    return Link(Endpoint(split.scheme, host, port or _PORTS[split.scheme]), target, shown, url)


def refused(shown: str, why: str) -> LinkRefused:
    return LinkRefused(f"{shown} can't be read: {why}.")


def _host(split: SplitResult) -> str:
    """In ASCII, as look-up, certificate and Host header need it. Raises: ValueError."""
    host = split.hostname or ""
    if "%" in host:
        raise ValueError("a zone, or a host in percent signs")
    return host if host.isascii() else host.encode("idna").decode()
