from typing import Any

import msgspec
import pytest

from tests.adapters.sql.logged import a_call, log
from tests.adapters.sqlite.test_records import FULL
from tests.contract.store import NOW
from waystation.adapters.sql import records as module
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.records import CallFilter, find_call, list_calls
from waystation.adapters.sql.rollup import amend
from waystation.wire.loss import Loss
from waystation.wire.record import CallRecord

CALLS = [
    a_call(0, at=NOW, organization_id="org_2", project_id="prj_1"),
    a_call(1, at=NOW, token_id="tok_2", tags=("red", "blue"), member_id="mem_1"),
    a_call(2, at=NOW + 1, request_model="qwen-max", department_id="dep_1", tags=("blu", "r")),
    a_call(3, at=NOW + 1, upstream="main", outcome="failed", losses=(Loss("tools[0].\0", "a NUL"),)),
]


def listed(database: Database, **wanted: Any) -> list[int]:
    """By their place in CALLS."""
    ids = [call.call_id for call in CALLS]
    return [ids.index(call.call_id) for call in list_calls(database, CallFilter(**wanted))]


@pytest.mark.parametrize("record", [FULL, CALLS[1]])
def test_a_record_reads_as_it_was_written(database: Database, record: CallRecord) -> None:
    log(database, [record])
    assert list(list_calls(database, CallFilter())) == [record]
    assert find_call(database, record.call_id) == record
    assert find_call(database, "call_unknown") is None


def test_calls_are_listed_newest_first_and_page_by_page(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    log(database, [CALLS[number] for number in (3, 0, 1, 2)])
    assert listed(database) == [3, 2, 1, 0]
    assert listed(database, limit=2) == [3, 2]
    assert listed(database, limit=2, before=CALLS[2].call_id) == [1, 0]
    assert listed(database, before=CALLS[0].call_id) == []
    assert listed(database, before="call_unknown") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"since": NOW + 1}, [3, 2]),
        ({"until": NOW + 1}, [1, 0]),
        ({"token_id": "tok_2"}, [1]),
        ({"organization_id": "org_2"}, [0]),
        ({"department_id": "dep_1"}, [2]),
        ({"project_id": "prj_1"}, [0]),
        ({"member_id": "mem_1"}, [1]),
        ({"tag": "blue"}, [1]),
        ({"tag": "b"}, []),
        ({"model": "qwen-max"}, [2]),
        ({"upstream": "main"}, [3]),
        ({"outcome": "failed"}, [3]),
        ({"outcome": "ok", "since": NOW + 1}, [2]),
        ({"model": "'; DROP TABLE calls --"}, []),
    ],
)
def test_calls_are_filtered(database: Database, wanted: dict[str, object], found: list[int]) -> None:
    log(database, CALLS)
    assert listed(database, **wanted) == found


def test_the_amount_is_the_one_that_was_corrected(database: Database) -> None:
    log(database, [CALLS[0]])
    with database.writing("calls") as connection:
        amend(connection, [(CALLS[0].call_id, 77)])
    assert find_call(database, CALLS[0].call_id) == msgspec.structs.replace(CALLS[0], amount_nanos=77)
