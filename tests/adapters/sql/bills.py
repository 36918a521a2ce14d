"""Calls in the log, a vendor's bill beside them, in either database."""

from collections.abc import Iterable
from typing import Any

import msgspec

from waystation.adapters.sql.bills import Bill
from waystation.adapters.sql.bulk import insert_rows
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.calls import calls
from waystation.ledger.reconcile.mapping import Mapping, mapping_of
from waystation.ledger.reconcile.words import Line
from waystation.wire.record import Attempt, CallRecord
from waystation.wire.usage import Usage

AT = 1_796_040_000.0  # noon of DAY in UTC
DAY = "2026-11-30"
MAPPING: Mapping = mapping_of(
    {
        "time": {"column": "time"},
        "model": {"column": "model"},
        "key": {"column": "key"},
        "request_id": {"column": "id"},
        "tokens": {"input_tokens": {"columns": ["in"]}, "output_tokens": {"columns": ["out"]}},
        "amount": {"columns": ["cost"], "currency": "USD"},
    }
)


def bill(**changes: Any) -> Bill:
    made = Bill(
        id="bill_1",
        upstream="main",
        mapping="own",
        file_name="november.csv",
        sha256="0" * 64,
        loaded_at=AT,
        rows=0,
        first_day=None,
        last_day=None,
        read_by=MAPPING,
    )
    return msgspec.structs.replace(made, **changes)


def record(number: int, **changes: Any) -> CallRecord:
    made = CallRecord(
        call_id=f"call_{number:06d}",
        at=AT + number,
        organization_id="org_1",
        token_id="tok_1",
        dialect="openai.chat",
        request_model="m",
        stream=False,
        outcome="ok",
        status=200,
        upstream="main",
        key_fingerprint="aaaa1111",
        attempts=(
            Attempt(upstream="main", key_fingerprint="aaaa1111", model="m-1", fault=None, status=200, duration_ms=1),
        ),
        usage=Usage(input_tokens=1000, output_tokens=200),
        currency="USD",
        amount_nanos=9_000_000,
        cost_nanos=4_500_000,
        cost_currency="USD",
        vendor_request_id=f"req-{number}",
    )
    return msgspec.structs.replace(made, **changes)


def line(number: int, **changes: Any) -> Line:
    made = Line(
        number=number,
        day=DAY,
        model="m-1",
        key="aaaa1111",
        request_id=f"req-{number}",
        tokens=(1000, 200, None, None),
        amount_nanos=4_500_000,
        currency="USD",
    )
    return msgspec.structs.replace(made, **changes)


def log(database: Database, records: Iterable[CallRecord]) -> None:
    """Put records into the call log."""
    rows = [
        (
            one.call_id,
            one.at,
            one.organization_id,
            one.token_id,
            one.request_model,
            one.upstream,
            one.outcome,
            one.amount_nanos,
            msgspec.json.encode(one).decode(),
        )
        for one in records
    ]
    columns = [
        "call_id",
        "at",
        "organization_id",
        "token_id",
        "request_model",
        "upstream",
        "outcome",
        "amount_nanos",
        "record",
    ]
    with database.writing("calls") as connection:
        insert_rows(connection, calls, rows, columns)
