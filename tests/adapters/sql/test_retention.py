import gzip
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.adapters.sql.logged import a_call, log, rolled
from waystation.adapters.sql import retention as module
from waystation.adapters.sql.engine import Database, of_files
from waystation.adapters.sql.export import read_manifest
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.partitions import ends_of_months, make_partitions
from waystation.adapters.sql.records import CallFilter, list_calls
from waystation.adapters.sql.retention import Kind, Rule, delete_some, keep, kept_since, rules
from waystation.adapters.sql.rollup import fold
from waystation.adapters.sqlite.connection import connect
from waystation.wire.errors import Misconfigured
from waystation.wire.record import Outcome

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC).timestamp()
DAY = 86_400
OUTCOMES: tuple[Outcome, ...] = ("ok", "failed", "cut", "caller_gone", "refused")


@pytest.fixture
def logged(database: Database) -> Database:
    """A call of each outcome on each of the last ten days, today included."""
    calls = [
        a_call(day * 10 + number, at=NOW - day * DAY, outcome=outcome, amount_nanos=1)
        for day in range(10)
        for number, outcome in enumerate(OUTCOMES)
    ]
    log(database, calls)
    return database


def set_rule(database: Database, kind: Kind, days: int | None, export_to: str | None = None) -> None:
    with database.writing("calls") as connection:
        keep(connection, kind, days, export_to)


def run(database: Database, now: float = NOW) -> int:
    steps = 0
    while delete_some(database, now):
        steps += 1
    return steps


def left(database: Database) -> Counter[str]:
    return Counter(call.outcome for call in list_calls(database, CallFilter(limit=1000)))


def since(database: Database) -> float:
    with database.reading() as connection:
        return kept_since(connection)


def test_everything_is_kept_at_first(logged: Database) -> None:
    assert run(logged) == 0
    assert left(logged) == dict.fromkeys(OUTCOMES, 10)
    assert since(logged) == 0


def test_each_kind_has_its_days(logged: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_ROWS", 7)
    set_rule(logged, "ok", 5)
    set_rule(logged, "failed", 8)
    set_rule(logged, "refused", 1)
    assert run(logged) > 3
    assert left(logged) == {"ok": 6, "failed": 9, "cut": 9, "caller_gone": 9, "refused": 2}
    assert run(logged) == 0
    run(logged, NOW + DAY)
    assert left(logged) == {"ok": 5, "failed": 8, "cut": 8, "caller_gone": 8, "refused": 1}


def test_sums_and_what_was_spent_stay(logged: Database) -> None:
    before = rolled(logged, "calls", "amount_nanos", by=["outcome"])
    for kind in ("ok", "failed", "refused"):
        set_rule(logged, kind, 1)
    run(logged)
    assert rolled(logged, "calls", "amount_nanos", by=["outcome"]) == before


def test_it_is_known_from_when_on_records_may_be_missing(logged: Database) -> None:
    set_rule(logged, "refused", 1)
    run(logged)
    assert since(logged) == 0  # nothing was posted for them
    set_rule(logged, "ok", 5)
    run(logged)
    midnight = datetime(2026, 6, 5, tzinfo=UTC).timestamp()
    assert since(logged) == midnight + DAY
    set_rule(logged, "ok", None)
    run(logged)
    assert since(logged) == midnight + DAY


def test_rules_can_be_seen_and_changed(database: Database) -> None:
    set_rule(database, "ok", 5, "/exports")
    set_rule(database, "ok", 7)
    set_rule(database, "hours", 30)
    with database.reading() as connection:
        assert rules(connection) == [
            Rule(kind="ok", days=7),
            Rule(kind="failed"),
            Rule(kind="refused"),
            Rule(kind="hours", days=30),
        ]


def test_hours_go_and_days_stay(logged: Database) -> None:
    with logged.writing("calls") as connection:
        fold(connection)
    set_rule(logged, "hours", 3)
    assert run(logged) == 6
    with logged.writing("calls") as connection:
        assert connection.execute(text("SELECT count(*), sum(calls) FROM usage_hours")).one() == (20, 20)
        assert connection.execute(text("SELECT sum(calls) FROM usage_days")).scalar_one() == 50
    assert left(logged).total() == 50


def test_records_are_exported_before_they_go(logged: Database, tmp_path: Path) -> None:
    set_rule(logged, "failed", 7, str(tmp_path / "exports"))
    run(logged)
    assert left(logged)["failed"] == 8
    files = read_manifest(tmp_path / "exports")
    assert [(file.name, file.rows) for file in files] == [
        ("calls-2026-06-01-failed.jsonl.gz", 3),
        ("calls-2026-06-02-failed.jsonl.gz", 3),
    ]
    assert len(gzip.decompress((tmp_path / "exports" / files[0].name).read_bytes()).splitlines()) == 3


def test_what_can_not_be_exported_is_kept(logged: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    set_rule(logged, "ok", 5, str(tmp_path / "file"))
    with pytest.raises(Misconfigured, match="can't export"):
        run(logged)
    assert left(logged)["ok"] == 10


def test_months_of_which_nothing_is_kept_go_as_a_whole(database: Database, tmp_path: Path) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite's log has no partitions")
    with database.writing("calls") as connection:
        make_partitions(connection, date(2026, 4, 1), date(2026, 6, 1))
    log(database, [a_call(day, at=NOW - day * DAY, outcome=OUTCOMES[day % 5]) for day in range(60)])
    for kind in ("ok", "failed"):
        set_rule(database, kind, 8, str(tmp_path) if kind == "ok" else None)
    run(database)
    assert left(database).total() == 12 + 8
    set_rule(database, "refused", 8)
    run(database)
    with database.writing("calls") as connection:
        assert ends_of_months(connection) == [datetime(2026, month, 1, tzinfo=UTC).timestamp() for month in (7,)]
    assert left(database).total() == 9
    assert sum(file.rows for file in read_manifest(tmp_path)) == 10


def test_the_log_of_deletions_does_not_grow(tmp_path: Path) -> None:
    with closing(of_files(tmp_path)) as database:
        migrate(database)
        log(database, [a_call(number, at=NOW - 9 * DAY + number, error_code="x" * 3000) for number in range(3000)])
        set_rule(database, "ok", 1)
        with closing(connect(tmp_path / "calls.db")) as server:
            server.execute("SELECT count(*) FROM calls").fetchall()
            assert run(database) > 5
            assert (tmp_path / "calls.db-wal").stat().st_size < 3000 * 3000
