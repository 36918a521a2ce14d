import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.sqlite.made import make
from tests.contract.store import NOW, call_record
from waystation.adapters.sql.rollup import DIMENSIONS, PENDING
from waystation.adapters.sqlite import usage as module
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.records import add, write
from waystation.adapters.sqlite.usage import UsageKeys, append, key_of
from waystation.wire.record import CallRecord, written
from waystation.wire.usage import Usage


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "calls.db")) as connection:
        make(connection, "calls")
        yield connection


def sums_of(connection: sqlite3.Connection) -> list[tuple[int, ...]]:
    sums = ", ".join(f"sum({name})" for name in PENDING[3:])
    statement = f"SELECT hour, day, key_id, {sums} FROM usage_pending GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"  # noqa: S608 - constants
    return connection.execute(statement).fetchall()


counts = st.none() | st.integers(0, 10**9)
usages = st.none() | st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_input_tokens=counts,
    cache_creation_input_tokens=counts,
    image_output_tokens=counts,
    searches=counts,
)
records = st.builds(
    lambda usage, **facts: msgspec.structs.replace(call_record(), usage=usage, **facts),
    usages,
    at=st.floats(NOW, NOW + 10_000),
    utc_offset_s=st.sampled_from([0, 28_800, -18_000, 19_800]),
    token_id=st.sampled_from(["tok_1", "tok_2"]),
    upstream=st.sampled_from([None, "main"]),
    member_id=st.sampled_from([None, "mem_1"]),
    amount_nanos=st.integers(0, 10**12),
    cost_nanos=counts,
    estimated=st.booleans(),
    duration_ms=st.integers(0, 10**6),
    time_to_first_chunk_ms=st.none() | st.integers(0, 10**6),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(records, max_size=20))
def test_both_ways_of_counting_come_to_the_same(found: list[CallRecord]) -> None:
    calls = [msgspec.structs.replace(record, call_id=f"call_{number}") for number, record in enumerate(found)]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        make(connection, "calls")
        log = [written(call) for call in calls]
        add(connection, log, UsageKeys().count(connection, calls))
        here = sums_of(connection)
        connection.execute("DELETE FROM usage_pending")
        connection.execute("DELETE FROM calls")
        write(connection, log)
        assert sums_of(connection) == here


def test_a_key_has_every_dimension_in_its_order() -> None:
    record = msgspec.structs.replace(call_record(), **{name: f"its {name}" for name in DIMENSIONS})
    billed = msgspec.structs.replace(record, usage=Usage())
    assert key_of(billed) == tuple(f"its {name}" for name in DIMENSIONS)
    assert key_of(record) == tuple(None if name == "currency" else f"its {name}" for name in DIMENSIONS)


def test_keys_are_numbered_once(connection: sqlite3.Connection) -> None:
    calls = [call_record(), msgspec.structs.replace(call_record(), token_id="tok_2")]
    first, second = UsageKeys(), UsageKeys()
    assert first.count(connection, calls) == second.count(connection, calls[::-1]) == first.count(connection, calls)
    assert connection.execute("SELECT count(*) FROM usage_keys").fetchone() == (2,)


def test_keys_that_are_kept_are_bounded(connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEYS_MAX", 2)
    keys = UsageKeys()
    calls = [msgspec.structs.replace(call_record(), token_id=f"tok_{number}") for number in range(5)]
    append(connection, keys.count(connection, calls))
    append(connection, keys.count(connection, calls))
    assert connection.execute("SELECT count(DISTINCT key_id), sum(calls) FROM usage_pending").fetchone() == (5, 10)
