"""Stored responses as rows of PostgreSQL. Their text is sealed before it leaves this process."""

import logging
from typing import Any, Final

import msgspec

from waystation.adapters.crypto import Cipher
from waystation.adapters.postgres.link import Connection
from waystation.adapters.postgres.links import Links, T, Work
from waystation.adapters.postgres.rows import columns, placeholders
from waystation.wire.errors import Overloaded, RequestTooLarge
from waystation.wire.stored import TEXT_BYTES_MAX, StoredResponse

log = logging.getLogger(__name__)

WAITING_BYTES_MAX: Final = 512 * 1024 * 1024
JOB_BYTES: Final = 2048  # of one without text
SWEEP_ROWS: Final = 200
DAY_S: Final = 86_400

_COLUMNS: Final = (
    "organization_id",
    "id",
    "token_id",
    "model",
    "created_at",
    "expires_at",
    "upstream_id",
    "key_fingerprint",
    "vendor_response_id",
    "previous_id",
    "size",
    "sealed",
)
_NAMES: Final = ", ".join(_COLUMNS)
_KEEP: Final = (
    f"INSERT INTO responses ({_NAMES}) VALUES ({placeholders(len(_COLUMNS))}) ON CONFLICT (organization_id, id)"  # noqa: S608 - constants
    f" DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _COLUMNS[2:])}"
)
_FIND: Final = f"SELECT {_NAMES} FROM responses WHERE organization_id = $1 AND id = $2 AND expires_at > $3"  # noqa: S608 - constants
_DROP: Final = "DELETE FROM responses WHERE organization_id = $1 AND id = $2"
_SWEEP: Final = (
    "DELETE FROM responses AS r USING ("  # noqa: S608 - constants
    " (SELECT organization_id, id FROM responses WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)"
    " UNION (SELECT o.id, s.id FROM organizations AS o JOIN responses AS s ON s.organization_id = o.id"
    f" WHERE s.sealed IS NOT NULL AND s.created_at <= $1 - {DAY_S} * o.retain_responses_days LIMIT $2)"
    ") AS late WHERE r.organization_id = late.organization_id AND r.id = late.id"
)

_Text = tuple[bytes | None, bytes | None, bytes | None]
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Text).decode


class Responses:
    """Every method raises Overloaded, StoreUnavailable."""

    def __init__(self, links: Links, cipher: Cipher) -> None:
        self._links = links
        self._cipher = cipher
        self._waiting_bytes = 0

    async def keep(self, stored: StoredResponse) -> None:
        """In place of what the organization has under its id. Raises: RequestTooLarge."""
        if stored.text_bytes > TEXT_BYTES_MAX:
            raise RequestTooLarge(f"A response is stored up to {TEXT_BYTES_MAX} bytes, and this one is larger.")

        async def work(connection: Connection) -> None:
            fields = msgspec.structs.asdict(stored) | {"size": stored.text_bytes, "sealed": _seal(self._cipher, stored)}
            await connection.execute(_KEEP, *columns(fields, _COLUMNS))

        await self._do(work, JOB_BYTES + stored.text_bytes)

    async def find(self, organization_id: str, response_id: str, at: float) -> StoredResponse | None:
        """Raises: Misconfigured if its text does not open."""
        if not _is_storable(response_id):
            return None
        row = await self._do(lambda connection: connection.fetchrow(_FIND, organization_id, response_id, at))
        return None if row is None else _opened(self._cipher, dict(zip(_COLUMNS, row, strict=True)))

    async def drop(self, organization_id: str, response_id: str) -> bool:
        """Whether it was there."""
        if not _is_storable(response_id):
            return False
        done = await self._do(lambda connection: connection.execute(_DROP, organization_id, response_id))
        return bool(done == "DELETE 1")

    async def sweep(self, at: float) -> int:
        """Drop what is past its time, or has text that is older than its organization allows now.

        How many. It is bounded: as long as any were dropped, there may be more.
        """
        done = await self._do(lambda connection: connection.execute(_SWEEP, at, SWEEP_ROWS))
        count = int(done.removeprefix("DELETE "))
        if count:
            log.info("stored responses swept", extra={"count": count})
        return count

    async def _do(self, work: Work[T], size: int = JOB_BYTES) -> T:
        if self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise Overloaded("Too many responses are waiting to be stored.", retry_after_s=1.0)
        self._waiting_bytes += size
        try:
            return await self._links.do(work)
        finally:
            self._waiting_bytes -= size


def _opened(cipher: Cipher, fields: dict[str, Any]) -> StoredResponse:
    del fields["size"]
    sealed: bytes | None = fields.pop("sealed")
    found = StoredResponse(**fields)
    if sealed is None:
        return found
    input_items, output, body = _unpack(cipher.unseal_bytes(sealed, table="responses", row_id=_row_id(found)))
    return msgspec.structs.replace(found, input_items=input_items, output=output, body=body)


def _seal(cipher: Cipher, stored: StoredResponse) -> bytes | None:
    if not stored.has_text:
        return None
    text: _Text = (stored.input_items, stored.output, stored.body)
    return cipher.seal_bytes(_pack(text), table="responses", row_id=_row_id(stored))


def _row_id(stored: StoredResponse) -> str:
    """What the seal is bound to: a row that is moved to another organization does not open there."""
    return f"{stored.organization_id}/{stored.id}"


def _is_storable(response_id: str) -> bool:
    """Whether there can be such an id. All are ASCII, and PostgreSQL's text has no zero byte."""
    return response_id.isascii() and "\x00" not in response_id
