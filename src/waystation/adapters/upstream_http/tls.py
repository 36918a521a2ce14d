"""How we trust upstreams: always verified, TLS 1.2 or newer, HTTP/1.1."""

import asyncio
import ssl


class TlsContexts:
    """One context per extra CA bundle; reading the system's CAs takes milliseconds."""

    __slots__ = ("_contexts",)

    def __init__(self) -> None:
        self._contexts: dict[str | None, ssl.SSLContext] = {}

    def context(self, ca_file: str | None) -> ssl.SSLContext:
        """Raises: OSError if the bundle can't be read."""
        context = self._contexts.get(ca_file)
        if context is None:
            context = self._contexts[ca_file] = _context(ca_file)
        return context


def ended_properly(transport: asyncio.Transport | None) -> bool:
    """Whether an end of stream is one. TLS says goodbye first; without that the stream was cut.

    asyncio (3.11) reports both alike, uvloop only the real end.
    """
    tls: ssl.SSLObject | None = None if transport is None else transport.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        return tls.read(1) == b""
    except ssl.SSLZeroReturnError:
        return True
    except ssl.SSLError:
        return False


def _context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
