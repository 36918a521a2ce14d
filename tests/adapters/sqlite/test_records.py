import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.sqlite.listed import records_in
from tests.adapters.sqlite.made import make
from tests.contract.store import NOW, call_record
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.records import mend, write
from waystation.wire.loss import Loss
from waystation.wire.price import Price
from waystation.wire.record import Attempt, CallRecord, written
from waystation.wire.usage import Usage

FULL = CallRecord(
    call_id="call_full",
    at=NOW + 0.123456,
    organization_id="org_1",
    token_id="tok_1",
    dialect="openai.chat",
    request_model="gpt-4o",
    stream=True,
    outcome="cut",
    status=200,
    error_code="upstream_truncated",
    response_model="gpt-4o-2024-08-06",
    upstream="main",
    key_fingerprint="0a1b2c3d",
    attempts=(
        Attempt(upstream="spare", key_fingerprint="ffffffff", model="m", fault="BUSY", status=503, duration_ms=12),
        Attempt(upstream="main", key_fingerprint="0a1b2c3d", model="m", fault=None, status=200, duration_ms=900),
    ),
    finish_reasons=("stop", "length"),
    usage=Usage(input_tokens=100, output_tokens=0, cache_read_input_tokens=40),
    estimated=True,
    marks=("usage_unheard",),
    price=Price(currency="USD", input=2_500_000_000, output=10_000_000_000, cache_read_input=0),
    currency="USD",
    amount_nanos=2**62,
    hold_nanos=7,
    duration_ms=912,
    own_time_us=150,
    time_to_first_chunk_ms=0,
    vendor_dialect="anthropic.messages",
    losses=(Loss("tools[0]", "no such tool there", grave=True), Loss("messages[0].content[1]", "no word for it")),
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "calls.db")) as connection:
        make(connection, "calls")
        yield connection


def a_call(number: int, **facts: Any) -> CallRecord:
    return msgspec.structs.replace(call_record(f"call_{number:03}"), at=NOW + number // 2, **facts)


@pytest.mark.parametrize("record", [FULL, call_record()])
def test_a_record_reads_as_it_was_written(tmp_path: Path, connection: sqlite3.Connection, record: CallRecord) -> None:
    write(connection, [written(record)])
    assert records_in(tmp_path / "calls.db") == [record]


counts = st.none() | st.integers(0, 10**9)


@settings(max_examples=30, deadline=None)
@given(counts, counts, counts)
def test_not_said_and_none_are_kept_apart(input_: int | None, output: int | None, read: int | None) -> None:
    usage = Usage(input_tokens=input_, output_tokens=output, cache_read_input_tokens=read)
    record = msgspec.structs.replace(FULL, usage=usage)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        make(connection, "calls")
        write(connection, [written(record)])
        (text,) = connection.execute("SELECT record FROM calls").fetchone()
        assert msgspec.json.decode(text, type=CallRecord) == record


def test_the_whole_record_takes_the_place_of_a_rebuilt_one(tmp_path: Path, connection: sqlite3.Connection) -> None:
    mend(connection, [written(msgspec.structs.replace(FULL, duration_ms=0))])
    write(connection, [written(FULL)])
    assert records_in(tmp_path / "calls.db") == [FULL]


def test_mending_changes_no_more_than_the_amount(tmp_path: Path, connection: sqlite3.Connection) -> None:
    write(connection, [written(msgspec.structs.replace(FULL, amount_nanos=0))])
    mend(connection, [written(msgspec.structs.replace(FULL, duration_ms=0))])
    assert records_in(tmp_path / "calls.db") == [FULL]


def test_a_record_above_a_kilobyte_takes_no_page_of_its_own(connection: sqlite3.Connection) -> None:
    write(connection, [written(a_call(number, error_code="x" * 800)) for number in range(200)])
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    assert pages < 200
