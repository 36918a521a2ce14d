"""Our calls as their vendor's bill should know them, streamed from the call log."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.ledger import postings
from waystation.ledger.reconcile.words import SILENT, OurCall, Tokens
from waystation.wire.record import Attempt
from waystation.wire.usage import Usage

BATCH: Final = 1000


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream's calls from the day `first` to `last`, in the vendor's calendar, and of `margin` days around.

    Those around may be in the bill, and need not.
    """

    upstream: str
    zone: ZoneInfo
    first: date
    last: date
    margin: int = 0


class _Record(msgspec.Struct, frozen=True, gc=False):
    """What a reconciliation needs of a call record."""

    call_id: str
    at: float
    request_model: str
    key_fingerprint: str | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    estimated: bool = False
    cost_nanos: int | None = None
    cost_currency: str | None = None
    vendor_request_id: str | None = None


_decode: Final = msgspec.json.Decoder(_Record).decode


def calls_by_request(connection: Connection, span: Span) -> Iterator[OurCall]:
    """Sorted by the vendor's request id, byte by byte, those without one first."""
    name = func.coalesce(_request_id(connection), "")
    order = name.collate("C") if connection.dialect.name == "postgresql" else name
    return _calls(connection, span, order, calls.c.at)


def calls_by_time(connection: Connection, span: Span) -> Iterator[OurCall]:
    return _calls(connection, span, calls.c.at, calls.c.call_id)


def _request_id(connection: Connection) -> ColumnElement[str]:
    if connection.dialect.name == "postgresql":
        return func.jsonb_extract_path_text(cast(calls.c.record, JSONB), "vendor_request_id")
    return func.json_extract(calls.c.record, "$.vendor_request_id")


def _calls(connection: Connection, span: Span, *order: ColumnElement[Any]) -> Iterator[OurCall]:
    margin = timedelta(days=span.margin)
    query = (
        select(calls.c.record)
        .where(
            calls.c.upstream == span.upstream,
            calls.c.at >= _midnight(span.first - margin, span.zone),
            calls.c.at < _midnight(span.last + margin + timedelta(days=1), span.zone),
        )
        .order_by(*order)
    )
    corrected = _corrected(connection)
    for (body,) in connection.execution_options(stream_results=True, yield_per=BATCH).execute(query):
        record = _decode(body)
        yield _our_call(record, span, corrected=record.call_id in corrected)


def _corrected(connection: Connection) -> frozenset[str]:
    """The calls whose estimates were put right before: a handful of all."""
    original, correction = postings.alias(), postings.alias()
    query = select(original.c.call_id).join(correction, correction.c.corrects == original.c.id)
    return frozenset(connection.execute(query.where(original.c.kind == "estimated")).scalars())


def _our_call(record: _Record, span: Span, *, corrected: bool) -> OurCall:
    day = datetime.fromtimestamp(record.at, span.zone).date()
    return OurCall(
        call_id=record.call_id,
        day=day.isoformat(),
        model=record.attempts[-1].model if record.attempts else record.request_model,
        key=record.key_fingerprint,
        request_id=record.vendor_request_id,
        tokens=SILENT if record.usage is None else _tokens(record.usage),
        amount_nanos=record.cost_nanos,
        currency=record.cost_currency,
        estimated=record.estimated,
        corrected=corrected,
        due=record.usage is not None and span.first <= day <= span.last,
    )


def _tokens(usage: Usage) -> Tokens:
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    )


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
