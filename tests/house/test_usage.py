from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.sql.logged import a_call, log
from waystation.house.database import opened
from waystation.house.usage import UsageQuery, read_usage
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


def at(day: int) -> float:
    return datetime(2026, 6, day, tzinfo=UTC).timestamp()


def test_usage_beside_the_period_before(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with opened(settings) as database:
        log(database, [a_call(day, at=at(day)) for day in (1, 2, 3, 4, 5)])
    query = UsageQuery(since=at(4), until=at(6))
    (rows, before) = read_usage(settings, query, compared=True)
    assert ([row.calls for row in rows], [row.calls for row in before]) == ([2], [2])
    assert read_usage(settings, query)[1] == []


def test_without_data_there_is_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        read_usage(Settings(data_dir=tmp_path / "none"), UsageQuery(since=at(4), until=at(6)))
