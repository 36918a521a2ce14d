"""Call records as rows of calls.db: written in batches, read newest first."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from waystation.adapters.sqlite.connection import connect_reader
from waystation.wire.catalogue import Price
from waystation.wire.record import Attempt, CallRecord, Outcome
from waystation.wire.usage import Usage

_COLUMNS: Final = (
    *("call_id", "at", "organization_id", "token_id", "dialect", "request_model", "stream", "outcome", "status"),
    *("error_code", "response_model", "upstream", "key_fingerprint", "attempts", "finish_reasons"),
    *("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("reasoning_output_tokens", "estimated", "marks", "price", "currency", "amount_nanos", "hold_nanos"),
    *("duration_ms", "own_time_us", "time_to_first_chunk_ms"),
)
_NAMES: Final = ", ".join(_COLUMNS)
_INSERT: Final = f"INTO calls ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_REPLACE: Final = f"INSERT OR REPLACE {_INSERT}"
_MEND: Final = f"INSERT {_INSERT} ON CONFLICT (call_id) DO UPDATE SET amount_nanos = excluded.amount_nanos"

_encode: Final = msgspec.json.Encoder().encode
_attempts: Final = msgspec.json.Decoder(tuple[Attempt, ...]).decode
_texts: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_price: Final = msgspec.json.Decoder(Price).decode
_UNUSED: Final = Usage()


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls to list. None is any; `since` and `until` are Unix seconds, `until` itself is left out.

    `model` is the public name, `before` the id of the call after which an earlier list ended.
    """

    since: float | None = None
    until: float | None = None
    organization_id: str | None = None
    token_id: str | None = None
    model: str | None = None
    upstream: str | None = None
    outcome: Outcome | None = None
    before: str | None = None
    limit: int = 100


def write(connection: sqlite3.Connection, records: Iterable[CallRecord]) -> None:
    """A record that is there already was rebuilt from its posting: the whole one takes its place."""
    connection.executemany(_REPLACE, map(_row, records))


def mend(connection: sqlite3.Connection, records: Iterable[CallRecord]) -> None:
    """Add the records that are missing, and put right the amounts of those that are there."""
    connection.executemany(_MEND, map(_row, records))


def calls(path: Path, wanted: CallFilter) -> Iterator[CallRecord]:
    """The call records that fit, newest first. May be read while the server runs."""
    conditions, parameters = _conditions(wanted)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    with closing(connect_reader(path)) as connection:
        yield from map(
            record_of,
            connection.execute(
                f"SELECT {_NAMES} FROM calls {where} ORDER BY at DESC, call_id DESC LIMIT ?",  # noqa: S608 - constants
                (*parameters, wanted.limit),
            ),
        )


def _conditions(wanted: CallFilter) -> tuple[list[str], list[object]]:
    possible: tuple[tuple[str, object], ...] = (
        ("at >= ?", wanted.since),
        ("at < ?", wanted.until),
        ("organization_id = ?", wanted.organization_id),
        ("token_id = ?", wanted.token_id),
        ("request_model = ?", wanted.model),
        ("upstream = ?", wanted.upstream),
        ("outcome = ?", wanted.outcome),
        ("(at, call_id) < (SELECT at, call_id FROM calls WHERE call_id = ?)", wanted.before),
    )
    given = [(condition, value) for condition, value in possible if value is not None]
    return [condition for condition, _ in given], [value for _, value in given]


def _row(record: CallRecord) -> tuple[object, ...]:
    usage = record.usage or _UNUSED
    return (
        record.call_id,
        record.at,
        record.organization_id,
        record.token_id,
        record.dialect,
        record.request_model,
        record.stream,
        record.outcome,
        record.status,
        record.error_code,
        record.response_model,
        record.upstream,
        record.key_fingerprint,
        _encode(record.attempts).decode(),
        _encode(record.finish_reasons).decode(),
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        usage.reasoning_output_tokens,
        record.estimated,
        _encode(record.marks).decode(),
        None if record.price is None else _encode(record.price).decode(),
        record.currency,
        record.amount_nanos,
        record.hold_nanos,
        record.duration_ms,
        record.own_time_us,
        record.time_to_first_chunk_ms,
    )


def record_of(row: tuple[Any, ...]) -> CallRecord:
    """The record in a row. A usage that said nothing reads as none."""
    facts = dict(zip(_COLUMNS, row, strict=True))
    buckets = {name: facts.pop(name) for name in Usage.__struct_fields__}
    usage = Usage(**buckets)
    price = facts.pop("price")
    facts |= {
        "stream": bool(facts["stream"]),
        "estimated": bool(facts["estimated"]),
        "attempts": _attempts(facts["attempts"]),
        "finish_reasons": _texts(facts["finish_reasons"]),
        "marks": _texts(facts["marks"]),
    }
    return CallRecord(
        **facts, usage=None if usage == _UNUSED else usage, price=None if price is None else _price(price)
    )
