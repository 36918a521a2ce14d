from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.sql.logged import a_call, log
from waystation.house.call_log import (
    CallFilter,
    delete_now,
    export_calls,
    read_call,
    read_calls,
    read_rules,
    set_rule,
)
from waystation.house.database import opened
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

OLD = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "data")
    with opened(settings) as database:
        log(database, [a_call(1, at=OLD), a_call(2, at=OLD + 86_400)])
    return settings


def test_calls_are_read(settings: Settings) -> None:
    first, _ = read_calls(settings, CallFilter())
    assert read_call(settings, first.call_id) == first
    with pytest.raises(Misconfigured, match="no record of 'call_x'"):
        read_call(settings, "call_x")


def test_calls_are_exported_and_deleted(settings: Settings, tmp_path: Path) -> None:
    (file,) = export_calls(settings, OLD + 86_400, tmp_path / "exports", "jsonl")
    assert file.day == "2026-01-01"
    assert delete_now(settings) == 0
    set_rule(settings, "ok", 1, None)
    assert [rule.days for rule in read_rules(settings)] == [1, None, None, None]
    assert delete_now(settings) >= 1
    assert list(read_calls(settings, CallFilter())) == []
