"""Stored responses as rows of responses.db. Their text is sealed, and what is dropped is overwritten."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from waystation.adapters.crypto import Cipher
from waystation.adapters.sqlite.connection import Synchronous, connect
from waystation.adapters.sqlite.rows import values
from waystation.wire.stored import StoredResponse

SWEEP_ROWS: Final = 200
SWEEP_BYTES: Final = 64 * 1024 * 1024  # overwriting as much takes some tenths of a second

_DAY_S: Final = 86_400
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
_KEEP: Final = f"INSERT OR REPLACE INTO responses ({', '.join(_COLUMNS)}) {values(_COLUMNS, 1)}"
_FIND: Final = f"SELECT {', '.join(_COLUMNS)} FROM responses WHERE organization_id = ? AND id = ? AND expires_at > ?"  # noqa: S608 - constants
_EXPIRED: Final = "SELECT rowid, size FROM responses WHERE expires_at <= ? ORDER BY expires_at LIMIT ?"
_OUTLIVED: Final = (
    "SELECT r.rowid, r.size FROM json_each(?) AS retained CROSS JOIN responses AS r"
    " WHERE r.organization_id = retained.key AND r.sealed IS NOT NULL AND r.created_at <= ? - retained.value LIMIT ?"
)

_Text = tuple[bytes | None, bytes | None, bytes | None]
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(_Text).decode


def connect_responses(path: Path, *, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    """Raises: Misconfigured, sqlite3.Error."""
    connection = connect(path, synchronous=synchronous)
    connection.execute("PRAGMA secure_delete = ON").fetchone()
    return connection


def keep(connection: sqlite3.Connection, cipher: Cipher, stored: StoredResponse) -> None:
    """In place of what the organization has under its id."""
    fields = msgspec.structs.asdict(stored) | {"size": stored.text_bytes, "sealed": _seal(cipher, stored)}
    connection.execute(_KEEP, tuple(fields[column] for column in _COLUMNS))


def find(
    connection: sqlite3.Connection, cipher: Cipher, organization_id: str, response_id: str, at: float
) -> StoredResponse | None:
    """Raises: Misconfigured if its text does not open."""
    row = connection.execute(_FIND, (organization_id, response_id, at)).fetchone()
    if row is None:
        return None
    fields = dict(zip(_COLUMNS, row, strict=True))
    del fields["size"]
    sealed: bytes | None = fields.pop("sealed")
    found = StoredResponse(**fields)
    if sealed is None:
        return found
    input_items, output, body = _unpack(cipher.unseal_bytes(sealed, table="responses", row_id=_row_id(found)))
    return msgspec.structs.replace(found, input_items=input_items, output=output, body=body)


def drop(connection: sqlite3.Connection, organization_id: str, response_id: str) -> bool:
    """Whether it was there."""
    where = (organization_id, response_id)
    return connection.execute("DELETE FROM responses WHERE organization_id = ? AND id = ?", where).rowcount == 1


def sweep(connection: sqlite3.Connection, at: float, retained: Mapping[str, int]) -> int:
    """Drop what is past its time, or has text that is older than its organization allows now (days by id).

    How many. It is bounded: as long as any were dropped, there may be more.
    """
    expired = _bounded(connection.execute(_EXPIRED, (at, SWEEP_ROWS)))
    days = msgspec.json.encode({organization_id: days * _DAY_S for organization_id, days in retained.items()}).decode()
    victims = expired or _bounded(connection.execute(_OUTLIVED, (days, at, SWEEP_ROWS)))
    connection.executemany("DELETE FROM responses WHERE rowid = ?", victims)
    return len(victims)


def _bounded(found: Iterable[tuple[int, int]]) -> list[tuple[int]]:
    """The first of the rows, with what SWEEP_BYTES allows; one at least."""
    rows: list[tuple[int]] = []
    total = 0
    for rowid, size in found:
        total += size
        if rows and total > SWEEP_BYTES:
            break
        rows.append((rowid,))
    return rows


def _seal(cipher: Cipher, stored: StoredResponse) -> bytes | None:
    if not stored.has_text:
        return None
    text: _Text = (stored.input_items, stored.output, stored.body)
    return cipher.seal_bytes(_pack(text), table="responses", row_id=_row_id(stored))


def _row_id(stored: StoredResponse) -> str:
    """What the seal is bound to: a row that is moved to another organization does not open there."""
    return f"{stored.organization_id}/{stored.id}"
