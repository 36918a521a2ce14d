"""Where Redis is, from the URL that the operator gave."""

from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec
from redis.asyncio import Redis, SSLConnection
from redis.asyncio.connection import Connection, ConnectionPool, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from waystation.wire.errors import Misconfigured

# What a connection may fail with, besides what Redis says.
LOST: Final = (RedisError, OSError, TimeoutError)

# Longer than any round trip and any script, and short enough that a caller hardly notices the one time that it matters.
TIMEOUT_S: Final = 0.5

_NAME: Final = "WAYSTATION_REDIS_URL"
_SCHEMES: Final[dict[str, type[Connection | UnixDomainSocketConnection]]] = {
    "redis": Connection,
    "rediss": SSLConnection,
    "unix": UnixDomainSocketConnection,
}
_TLS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})


class RedisAddress(msgspec.Struct, frozen=True):
    """`options` are redis-py's for a connection. `prefix` begins every key and channel of ours.

    It is a hash tag, so that all of them lie in one slot: one script counts in many of them at once.
    """

    kind: type[Connection | UnixDomainSocketConnection]
    options: dict[str, Any]
    prefix: str

    def __repr__(self) -> str:  # without the password
        return f"RedisAddress({self.options.get('host', self.options.get('path'))!r}, prefix={self.prefix!r})"

    def client(self, *, timeout_s: float | None = TIMEOUT_S) -> Redis:
        """A client of its own, not connected yet. It never tries anything twice. `timeout_s` None: for who listens."""
        pool = ConnectionPool(
            connection_class=self.kind,
            socket_timeout=timeout_s,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
            **self.options,
        )
        return Redis.from_pool(pool)


def address_of(url: str) -> RedisAddress:
    """`redis://[[user]:password@]host[:port][/database]`; `rediss` is with TLS, `unix:///path/of.sock` a socket.

    `?prefix=` keeps several installations apart in one database; `?ssl_ca_certs=` and so on are paths of PEM files.
    Raises: Misconfigured, without the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError:
        raise Misconfigured(f"{_NAME} is no address") from None
    kind = _SCHEMES.get(parts.scheme)
    if kind is None:
        raise Misconfigured(f"{_NAME} begins neither with redis:// nor with rediss:// nor with unix://")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = query.pop("prefix", "waystation")
    if not prefix or len(prefix) > 64 or not set(prefix).isdisjoint("{}: "):
        raise Misconfigured(f"{_NAME} has a prefix that is empty, too long, or has one of '{{}}: ' in it")
    place = _socket(parts, query) if parts.scheme == "unix" else _host(parts, port)
    if unknown := sorted(set(query) - (_TLS if parts.scheme == "rediss" else set())):
        raise Misconfigured(f"{_NAME} has the option {unknown[0]!r}, which is none of {parts.scheme}://")
    account = {"username": parts.username, "password": parts.password}
    options = place | query | {name: unquote(value) for name, value in account.items() if value}
    return RedisAddress(kind, options, f"{{{prefix}}}")


def _host(parts: SplitResult, port: int) -> dict[str, Any]:
    if not parts.hostname:
        raise Misconfigured(f"{_NAME} names no host")
    return {"host": parts.hostname, "port": port, "db": _database(parts.path.strip("/"))}


def _socket(parts: SplitResult, query: dict[str, str]) -> dict[str, Any]:
    if not parts.path:
        raise Misconfigured(f"{_NAME} names no socket")
    return {"path": unquote(parts.path), "db": _database(query.pop("db", ""))}


def _database(number: str) -> int:
    if not number:
        return 0
    if not number.isascii() or not number.isdigit():
        raise Misconfigured(f"{_NAME} has a database that is no number")
    return int(number)
