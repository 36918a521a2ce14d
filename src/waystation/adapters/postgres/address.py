"""Where the database is, from the URL that the operator gave."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from waystation.wire.errors import Misconfigured

SCHEMES: Final = frozenset({"postgresql", "postgres"})
_POOLER: Final = "pooler"
_CACHE: Final = 100  # statements; we have two dozen


class Address(msgspec.Struct, frozen=True):
    """`dsn` is what asyncpg and libpq understand, `sslmode` and its companions included.

    `pooled`: a pooler gives each transaction another connection to the database, and keeps no prepared statements
    (PgBouncer before 1.21, or with max_prepared_statements = 0): every statement is then sent in a transaction.
    """

    dsn: str
    pooled: bool = False

    def __repr__(self) -> str:  # without the password
        return f"Address({urlsplit(self.dsn).hostname!r}, pooled={self.pooled})"

    @property
    def options(self) -> dict[str, Any]:
        """For asyncpg's `connect`."""
        return {"dsn": self.dsn, "statement_cache_size": 0 if self.pooled else _CACHE}


def address_of(url: str) -> Address:
    """`postgresql://user:password@host:port/name?sslmode=verify-full`; `pooler=transaction` is ours.

    Raises: Misconfigured.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Misconfigured("WAYSTATION_DATABASE_URL does not begin with postgresql://")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    pooler = options.pop(_POOLER, None)
    if pooler not in {None, "transaction", "session"}:
        raise Misconfigured(f"WAYSTATION_DATABASE_URL has the pooler {pooler!r}: it is transaction or session")
    return Address(urlunsplit(parts._replace(query=urlencode(options))), pooled=pooler == "transaction")
