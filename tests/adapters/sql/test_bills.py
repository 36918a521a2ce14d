from collections.abc import Iterator

import msgspec
import pytest

from tests.adapters.sql.bills import AT, MAPPING, bill, line
from waystation.adapters.sql import bills
from waystation.adapters.sql.bills import BATCH
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.reconcile import reconcile, runs
from waystation.ledger.reconcile.presets import PRESETS
from waystation.ledger.reconcile.words import Line, Terms
from waystation.wire.errors import Misconfigured


def test_a_mapping_is_kept_under_its_name(database: Database) -> None:
    bills.save_mapping(database, "own", PRESETS["openai-costs"], at=AT)
    bills.save_mapping(database, "own", MAPPING, at=AT)
    bills.save_mapping(database, "another", PRESETS["deepseek-amount"], at=AT)
    assert bills.mappings(database) == {"another": PRESETS["deepseek-amount"], "own": MAPPING}


def test_a_bill_is_kept_with_its_rows(database: Database) -> None:
    lines = [line(1), Line(number=2), line(3, day="2026-12-01"), line(4, day="2026-11-29")]
    loaded = bills.load(database, bill(), lines)
    assert loaded == bill(rows=4, first_day="2026-11-29", last_day="2026-12-01")
    assert bills.bills(database) == [loaded]
    with database.reading() as connection:
        assert [one.number for one in bills.lines_by_day(connection, "bill_1")] == [2, 4, 1, 3]
        assert list(bills.lines_by_request(connection, "bill_1")) == [lines[1], lines[0], *lines[2:]]


def test_rows_are_sorted_byte_by_byte(database: Database) -> None:
    names = ["b", "B", "a-1", "a_1", "é", "a1", "驿"]
    bills.load(database, bill(), [line(number, request_id=name) for number, name in enumerate(names)])
    with database.reading() as connection:
        assert [one.request_id for one in bills.lines_by_request(connection, "bill_1")] == sorted(names)


def test_an_empty_bill_is_one(database: Database) -> None:
    assert bills.load(database, bill(), []).rows == 0
    with pytest.raises(Misconfigured, match="tells no days"):
        reconcile(database, "bill_1", "run_1", Terms(), (None, None), at=AT)


def test_the_same_file_is_refused_the_second_time(database: Database) -> None:
    bills.load(database, bill(), [line(1)])
    with pytest.raises(Misconfigured, match="loaded before, as bill bill_1"):
        bills.load(database, bill(id="bill_2"), [line(1)])


def test_a_load_that_was_broken_off_is_begun_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Line]:
        yield from (line(number) for number in range(1, 2 * BATCH + 1))
        raise Misconfigured("row 2001 can't be read")

    monkeypatch.setattr(bills, "BATCH_ON_POSTGRES", BATCH)
    with pytest.raises(Misconfigured, match="row 2001"):
        bills.load(database, bill(), broken())
    assert bills.bills(database) == []
    with database.reading() as connection, pytest.raises(Misconfigured, match="there is no bill 'bill_1'"):
        bills.find_bill(connection, "bill_1")
    assert bills.load(database, bill(id="bill_2"), [line(1)]).rows == 1


def test_a_bill_can_be_forgotten_with_its_runs(database: Database) -> None:
    bills.load(database, bill(), [line(number) for number in range(1, BATCH + 5)])
    reconcile(database, "bill_1", "run_1", Terms(), (None, None), at=AT)
    bills.drop_bill(database, "bill_1")
    assert (bills.bills(database), runs(database)) == ([], [])
    with pytest.raises(Misconfigured, match="there is no bill"):
        bills.drop_bill(database, "bill_1")
    assert bills.load(database, bill(), [line(1)]) == msgspec.structs.replace(
        bill(), rows=1, first_day="2026-11-30", last_day="2026-11-30"
    )
