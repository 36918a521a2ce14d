"""The `sslmode` of an address, which libpq and asyncpg understand, as pg8000 wants it said."""

import ssl
from collections.abc import Mapping
from typing import Final

from waystation.wire.errors import Misconfigured

_CHECKED: Final = frozenset({"verify-ca", "verify-full"})


def tls_of(options: Mapping[str, str]) -> ssl.SSLContext | bool | None:
    """False: none; None: if the server has it; True: without knowing whom one speaks with; else as the context says.

    Like libpq, `require` checks the certificate if `sslrootcert` is given. Raises: Misconfigured.
    """
    mode = options.get("sslmode", "prefer")
    if mode == "require" and "sslrootcert" in options:
        mode = "verify-ca"
    plain: dict[str, bool | None] = {"disable": False, "allow": None, "prefer": None, "require": True}
    if mode in plain and "sslcert" not in options:
        return plain[mode]
    if mode not in {*plain, *_CHECKED}:
        raise Misconfigured(f"WAYSTATION_DATABASE_URL has the sslmode {mode!r}: it is one of {', '.join(_MODES)}")
    return _context(mode, options)


_MODES: Final = ("disable", "prefer", "require", "verify-ca", "verify-full")


def _context(mode: str, options: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("sslrootcert"))
        if "sslcert" in options:
            context.load_cert_chain(options["sslcert"], options.get("sslkey"))
    except OSError as error:  # ssl's own errors are some of these
        raise Misconfigured(f"WAYSTATION_DATABASE_URL names a certificate that can't be used: {error}") from error
    context.check_hostname = mode == "verify-full"
    if mode not in _CHECKED:
        context.verify_mode = ssl.CERT_NONE
    return context
