from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.adapters.sql.logged import a_call, log
from waystation.adapters.sql import usage as module
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.rollup import DURATIONS, fold
from waystation.adapters.sql.usage import Dimension, UsageQuery, UsageRow, percentile, usage, usage_before
from waystation.wire.errors import Misconfigured
from waystation.wire.usage import Usage

SHANGHAI_S = 28_800


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


JUNE: dict[str, Any] = {"since": at("2026-06-01"), "until": at("2026-07-01")}


def told(rows: list[UsageRow]) -> list[tuple[Any, ...]]:
    return [(datetime.fromtimestamp(row.at, UTC).strftime("%m-%d %H"), *row.key, row.calls) for row in rows]


@pytest.fixture(params=["folded", "pending"])
def logged(request: pytest.FixtureRequest, database: Database) -> Database:
    """Four calls of June, by the clock of Shanghai."""
    usage_ = Usage(input_tokens=100, output_tokens=10, cache_read_input_tokens=40, reasoning_output_tokens=4)
    calls = [
        a_call(1, at=at("2026-06-09T15:59"), organization_id="org_1", upstream="main", amount_nanos=5, currency="USD"),
        a_call(2, at=at("2026-06-09T16:01"), organization_id="org_1", usage=usage_, amount_nanos=7, currency="CNY"),
        a_call(3, at=at("2026-06-10T12:00"), organization_id="org_2", usage=usage_, cost_nanos=9, cost_currency="CNY"),
        a_call(4, at=at("2026-06-30T16:30"), organization_id="org_2", request_model="other", outcome="failed"),
    ]
    log(database, [msgspec.structs.replace(call, utc_offset_s=SHANGHAI_S) for call in calls])
    if request.param == "folded":
        with database.writing("calls") as connection:
            fold(connection)
    return database


def test_one_sum(logged: Database) -> None:
    (row,) = usage(logged, UsageQuery(**JUNE))
    assert row == UsageRow(
        at=0,
        key=(),
        calls=3,
        input_tokens=200,
        output_tokens=20,
        cache_read_input_tokens=80,
        reasoning_output_tokens=8,
        amounts={"USD": 5, "CNY": 7},
        costs={"CNY": 9},
    )


def test_days_are_those_of_the_organizations_calendar(logged: Database) -> None:
    assert told(usage(logged, UsageQuery(**JUNE, grain="day"))) == [("06-09 00", 1), ("06-10 00", 2)]
    july = UsageQuery(since=at("2026-06-01"), until=at("2026-08-01"), grain="month", by=("request_model",))
    assert told(usage(logged, july)) == [("06-01 00", "gpt-4o", 3), ("07-01 00", "other", 1)]


def test_one_zone_for_all(logged: Database) -> None:
    utc = UsageQuery(**JUNE, grain="day", zone="UTC")
    assert told(usage(logged, utc)) == [("06-09 00", 2), ("06-10 00", 1), ("06-30 00", 1)]
    hours = UsageQuery(since=at("2026-06-09T15:00"), until=at("2026-06-09T17:00"), grain="hour")
    assert told(usage(logged, hours)) == [("06-09 15", 1), ("06-09 16", 1)]
    there = UsageQuery(since=at("2026-06-09T16:00"), until=at("2026-06-10T16:00"), grain="hour", zone="Asia/Shanghai")
    assert told(usage(logged, there)) == [("06-10 00", 1), ("06-10 20", 1)]
    months = UsageQuery(**JUNE, grain="month", zone="Asia/Shanghai")
    assert told(usage(logged, months)) == [("06-01 00", 3), ("07-01 00", 1)]


def test_several_dimensions_and_conditions(logged: Database) -> None:
    query = UsageQuery(since=0, until=at("2027-01-01"), by=("organization_id", "outcome", "upstream"))
    assert told(usage(logged, query)) == [
        ("01-01 00", "org_1", "ok", "", 1),
        ("01-01 00", "org_1", "ok", "main", 1),
        ("01-01 00", "org_2", "failed", "", 1),
        ("01-01 00", "org_2", "ok", "", 1),
    ]
    where: tuple[tuple[Dimension, str], ...] = (
        ("organization_id", "org_1"),
        ("organization_id", "org_2"),
        ("outcome", "failed"),
    )
    assert [row.calls for row in usage(logged, UsageQuery(since=0, until=at("2027-01-01"), where=where))] == [1]
    assert usage(logged, UsageQuery(**JUNE, where=(("token_id", "'; DROP TABLE usage_days; --"),))) == []


def test_the_most_first_and_no_more_than_asked_for(logged: Database) -> None:
    query = UsageQuery(since=0, until=at("2027-01-01"), by=("request_model",), top=1)
    assert [row.key for row in usage(logged, query)] == [("gpt-4o",)]
    by_cost = UsageQuery(since=0, until=at("2027-01-01"), by=("organization_id",), order="cost")
    assert [row.key for row in usage(logged, by_cost)] == [("org_2",), ("org_1",)]
    by_tokens = UsageQuery(**JUNE, grain="day", by=("organization_id",), order="tokens", top=1)
    assert [row.key for row in usage(logged, by_tokens)] == [("org_1",), ("org_1",)]


def test_money_of_two_currencies_has_no_order(logged: Database) -> None:
    with pytest.raises(Misconfigured, match="CNY and USD"):
        usage(logged, UsageQuery(**JUNE, order="amount"))


def test_the_period_before(logged: Database) -> None:
    july = UsageQuery(since=at("2026-07-01"), until=at("2026-08-01"), by=("organization_id",), grain=None, top=1)
    assert [(row.key, row.calls) for row in usage_before(logged, july)] == [(("org_1",), 2), (("org_2",), 1)]


def test_more_rows_than_anybody_reads_are_refused(logged: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_MAX", 1)
    with pytest.raises(Misconfigured, match="more than 1 rows"):
        usage(logged, UsageQuery(**JUNE, by=("organization_id",)))


def test_how_long_calls_lasted(database: Database) -> None:
    quick = [a_call(number, at=at("2026-06-10"), duration_ms=150, time_to_first_chunk_ms=20) for number in range(90)]
    slow = [a_call(100 + number, at=at("2026-06-10"), duration_ms=3000, currency="USD") for number in range(10)]
    log(database, quick + slow)
    (row,) = usage(database, UsageQuery(**JUNE, durations=True))
    assert (row.calls, row.p50_ms, row.p95_ms, row.first_chunk_ms) == (100, 156, 3500, 20)
    assert [each.first_chunk_ms for each in usage(database, UsageQuery(**JUNE))] == [None]


def test_percentiles_at_the_ends() -> None:
    nothing = [0] * len(DURATIONS)
    assert percentile(nothing, 0.5) is None
    assert percentile([*nothing[:-1], 4], 0.5) == 150_000
    assert percentile([4, *nothing[1:]], 1) == 100
