"""Request heads as bytes. What frames a message is ours to say; what the caller says can't break out of its line."""

import re
from typing import Final

from waystation.adapters.upstream_http.proxy import reads_heads
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
_REMEMBERED_MAX: Final = 256  # per endpoint: some vendors put the model into the path
_LINE_FEED, _CARRIAGE_RETURN, _ZERO = b"\n\r\0"
_IMPLIED_PORTS: Final = {"http": 80, "https": 443}

_Shape = tuple[str, str, tuple[bytes, ...], bool]  # method, path, header names, whether it asks for "100 Continue"


class HeadWriter:
    """Writes the heads for one endpoint. What repeats from call to call is checked and joined once, into a template
    with gaps for the values: those change, and may be secret.
    """

    __slots__ = ("_endpoint", "_templates")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._templates: dict[_Shape, bytes] = {}

    def head(self, method: str, path: str, headers: Headers, body_bytes: int, expect: bool = False) -> bytes:
        """Raises: ValueError for what would break the message, and for a header that is ours to set; ConnectFailed for
        an endpoint that no request can reach.
        """
        names, values = zip(*headers, strict=True) if headers else ((), ())
        shape = (method, path, names, expect)
        template = self._templates.get(shape) or self._template(shape)
        said = b"".join(values)
        if _LINE_FEED in said or _CARRIAGE_RETURN in said or _ZERO in said:
            raise ValueError("a header's value holds a line break or a zero byte")
        return template % (*values, body_bytes)

    def _template(self, shape: _Shape) -> bytes:
        method, path, names, expect = shape
        for name in names:
            if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"not a header that a caller may set: {name[:80]!r}")
        opening = _opening(self._endpoint, method, path).replace(b"%", b"%%")
        lines = [b"%b: %%b" % name.replace(b"%", b"%%") for name in names]
        if expect:
            lines.append(b"expect: 100-continue")
        if len(self._templates) >= _REMEMBERED_MAX:
            self._templates.clear()
        template = self._templates[shape] = b"\r\n".join([opening, *lines, b"content-length: %d\r\n\r\n"])
        return template


def authority(endpoint: Endpoint) -> bytes:
    """Host and port as in a Host header or a CONNECT line. Raises: ValueError if the host can't be one."""
    host = endpoint.host.encode("ascii" if endpoint.host.isascii() else "idna")
    if not _HOST.fullmatch(host):
        raise ValueError(f"not a host: {endpoint.host!r}")
    return b"%b:%d" % (b"[%b]" % host if b":" in host else host, endpoint.port)


def _opening(endpoint: Endpoint, method: str, path: str) -> bytes:
    try:
        where = authority(endpoint)
        proxy = reads_heads(endpoint)
    except ValueError as error:
        raise ConnectFailed(f"{endpoint.host}:{endpoint.port}: connect: {error}") from error
    host = where.rpartition(b":")[0] if _IMPLIED_PORTS[endpoint.scheme] == endpoint.port else where
    verb, target = method.encode(), (endpoint.base_path + path).encode()
    if not _TOKEN.fullmatch(verb) or not _TARGET.fullmatch(target):
        raise ValueError(f"not a request: {method!r} {path!r}")
    credentials = b""
    if proxy is not None:
        target, credentials = b"http://%b%b" % (host, target), proxy.credentials
    return b"%b %b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity%b" % (verb, target, host, credentials)
