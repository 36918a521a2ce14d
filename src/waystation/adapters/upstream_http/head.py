"""Request heads as bytes. What frames a message is ours to say; what the caller says can't break out of its line."""

import re
from typing import Final

from waystation.adapters.upstream_http.proxy import proxy_of
from waystation.ports import Endpoint
from waystation.wire.errors import ConnectFailed
from waystation.wire.headers import Headers

# Ours alone: they frame the message or belong to this hop.
_OURS: Final = frozenset(
    {
        b"accept-encoding",
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, 5.6.2
_TARGET: Final = re.compile(rb"/[!-~]*")  # visible ASCII: no blank, no control character
_HOST: Final = re.compile(rb"[A-Za-z0-9._:-]+")
_REMEMBERED_MAX: Final = 256  # request lines per endpoint, and header names: some vendors put the model into the path
_IMPLIED_PORTS: Final = {"http": 80, "https": 443}


class HeadWriter:
    """Writes the heads for one endpoint. What repeats from call to call is checked and joined once."""

    __slots__ = ("_endpoint", "_labels", "_openings")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._labels: dict[bytes, bytes] = {}
        self._openings: dict[tuple[str, str], bytes] = {}

    def head(self, method: str, path: str, headers: Headers, body_bytes: int, *, expect: bool = False) -> bytes:
        """Raises: ValueError for what would break the message, and for a header that is ours to set; ConnectFailed for
        an endpoint that no request can reach.
        """
        opening = self._openings.get((method, path)) or self._open(method, path)
        labels = self._labels
        try:
            block = b"".join([labels[name] + value for name, value in headers])
        except KeyError:
            self._learn(headers)
            block = b"".join([labels[name] + value for name, value in headers])
        # Counting costs less than a look at every value, and finds the same.
        if block.count(b"\n") != len(headers) or block.count(b"\r") != len(headers) or b"\0" in block:
            raise ValueError("a header's value holds a line break or a zero byte")
        if expect:
            block += b"\r\nexpect: 100-continue"
        return b"%b%b\r\ncontent-length: %d\r\n\r\n" % (opening, block, body_bytes)

    def _open(self, method: str, path: str) -> bytes:
        """The request line, and the headers that every request there has."""
        opening = _opening(self._endpoint, method, path)
        if len(self._openings) >= _REMEMBERED_MAX:
            self._openings.clear()
        self._openings[method, path] = opening
        return opening

    def _learn(self, headers: Headers) -> None:
        if len(self._labels) >= _REMEMBERED_MAX:
            self._labels.clear()
        for name, _ in headers:
            if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"not a header that a caller may set: {name[:80]!r}")
            self._labels[name] = b"\r\n%b: " % name


def authority(endpoint: Endpoint) -> bytes:
    """Host and port as in a Host header or a CONNECT line. Raises: ValueError if the host can't be one."""
    host = endpoint.host.encode("ascii" if endpoint.host.isascii() else "idna")
    if not _HOST.fullmatch(host):
        raise ValueError(f"not a host: {endpoint.host!r}")
    return b"%b:%d" % (b"[%b]" % host if b":" in host else host, endpoint.port)


def _opening(endpoint: Endpoint, method: str, path: str) -> bytes:
    try:
        where = authority(endpoint)
        credentials = _credentials(endpoint)
    except ValueError as error:
        raise ConnectFailed(f"{endpoint.host}:{endpoint.port}: connect: {error}") from error
    host = where.rpartition(b":")[0] if _IMPLIED_PORTS[endpoint.scheme] == endpoint.port else where
    verb, target = method.encode(), (endpoint.base_path + path).encode()
    if not _TOKEN.fullmatch(verb) or not _TARGET.fullmatch(target):
        raise ValueError(f"not a request: {method!r} {path!r}")
    if credentials is not None:
        target = b"http://%b%b" % (host, target)
    return b"%b %b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity%b" % (verb, target, host, credentials or b"")


def _credentials(endpoint: Endpoint) -> bytes | None:
    """For a proxy that reads our heads; None if nobody on the way does."""
    if endpoint.proxy is None or endpoint.scheme == "https":
        return None
    return proxy_of(endpoint.proxy).credentials
