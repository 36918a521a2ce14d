import csv
import gzip
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.adapters.sql.logged import a_call, log
from tests.adapters.sqlite.test_records import FULL
from waystation.adapters.sql import export as module
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.export import check_exports, export_before, export_day, read_manifest
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture
def logged(database: Database) -> Database:
    """Three days with a gap."""
    calls = [a_call(number, at=at(f"2026-06-0{1 + number % 2}") + number) for number in range(7)]
    log(database, [*calls, a_call(8, at=at("2026-06-09"), outcome="failed")])
    return database


def read(path: Path) -> list[CallRecord]:
    lines = gzip.decompress(path.read_bytes()).splitlines()
    return [msgspec.json.decode(line, type=CallRecord) for line in lines]


def test_a_file_for_each_day_and_a_manifest(logged: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    folder = tmp_path / "new" / "exports"
    files = list(export_before(logged, at("2026-06-09"), folder, "jsonl"))
    assert [(file.name, file.day, file.rows) for file in files] == [
        ("calls-2026-06-01.jsonl.gz", "2026-06-01", 4),
        ("calls-2026-06-02.jsonl.gz", "2026-06-02", 3),
    ]
    assert read_manifest(folder) == files
    for file in files:
        data = (folder / file.name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
    assert [call.at for call in read(folder / files[0].name)] == [at("2026-06-01") + number for number in (0, 2, 4, 6)]
    assert sorted(path.name for path in folder.iterdir()) == [*(file.name for file in files), "manifest.json"]


def test_days_that_are_there_are_left_out(logged: Database, tmp_path: Path) -> None:
    first = list(export_before(logged, at("2026-06-02"), tmp_path, "jsonl"))
    then = list(export_before(logged, at("2026-06-10"), tmp_path, "jsonl"))
    assert [file.day for file in (*first, *then)] == ["2026-06-01", "2026-06-02", "2026-06-09"]
    assert json.loads((tmp_path / "manifest.json").read_text())[0]["rows"] == 4


def test_only_some_outcomes(logged: Database, tmp_path: Path) -> None:
    exported = export_day(logged, at("2026-06-09"), tmp_path, kind="failed", outcomes=("failed", "cut"))
    assert exported is not None
    assert (exported.name, exported.rows) == ("calls-2026-06-09-failed.jsonl.gz", 1)
    assert export_day(logged, at("2026-06-09"), tmp_path, kind="ok", outcomes=("ok",)) is None
    assert export_day(logged, at("2026-06-20"), tmp_path, "csv") is None
    assert sorted(path.name for path in tmp_path.glob("calls-*")) == [exported.name]


def test_csv(database: Database, tmp_path: Path) -> None:
    log(database, [FULL])
    day = FULL.at // 86_400 * 86_400
    exported = export_day(database, day, tmp_path, "csv")
    assert exported is not None
    text = gzip.decompress((tmp_path / exported.name).read_bytes()).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (exported.rows, row["call_id"], row["amount_nanos"]) == (1, "call_full", str(FULL.amount_nanos))
    assert json.loads(row["usage"])["cache_read_input_tokens"] == 40


def test_what_was_changed_or_lost_is_told(logged: Database, tmp_path: Path) -> None:
    first, second = list(export_before(logged, at("2026-06-09"), tmp_path, "jsonl"))
    assert check_exports(tmp_path) == []
    (tmp_path / first.name).unlink()
    (tmp_path / second.name).write_bytes(b"")
    assert check_exports(tmp_path) == [f"{first.name} is missing", f"{second.name} was changed"]


def test_a_folder_that_can_not_be_written_is_told(logged: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="can't export to"):
        list(export_before(logged, at("2026-06-09"), tmp_path / "file", "jsonl"))


def test_an_empty_log_has_no_days(database: Database, tmp_path: Path) -> None:
    assert list(export_before(database, at("2026-06-09"), tmp_path, "jsonl")) == []
    assert check_exports(tmp_path) == []
