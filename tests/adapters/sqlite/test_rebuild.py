import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.adapters.sqlite.listed import records_in
from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld, booking
from tests.contract.store import NOW, call_record, hold_order, post_order
from waystation.adapters.sqlite import rebuild
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.rebuild import catch_up
from waystation.adapters.sqlite.records import write
from waystation.wire.record import CallRecord, written


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    yield world
    world.leave()


@pytest.fixture
def log(world: SqliteWorld) -> Iterator[sqlite3.Connection]:
    with closing(connect(world.calls_path)) as connection:
        make(connection, "calls")
        yield connection


def book(world: SqliteWorld, *numbers: int, basis: bytes | None = None) -> None:
    books = world.books()
    with booking(books):
        for number in numbers:
            order = post_order(f"hold_{number}", 1)
            books.hold(hold_order(f"hold_{number}", 2))
            books.post(msgspec.structs.replace(order, at=NOW + number, basis=basis or order.basis))


def recorded(world: SqliteWorld) -> dict[str, CallRecord]:
    return {record.call_id: record for record in records_in(world.calls_path)}


def test_what_is_missing_is_rebuilt_once(world: SqliteWorld, log: sqlite3.Connection) -> None:
    book(world, 1, 2, 3)
    assert catch_up(world.beside, log) == 3
    assert {call_id: record.amount_nanos for call_id, record in recorded(world).items()} == {
        "call_of_hold_1": 1,
        "call_of_hold_2": 1,
        "call_of_hold_3": 1,
    }
    assert catch_up(world.beside, log) == 0


def test_what_is_there_is_left_alone(world: SqliteWorld, log: sqlite3.Connection) -> None:
    book(world, 1)
    own = msgspec.structs.replace(call_record("call_of_hold_1"), amount_nanos=1, duration_ms=77)
    write(log, [written(own)])
    assert catch_up(world.beside, log) == 0
    assert recorded(world) == {"call_of_hold_1": own}


def test_an_amount_that_was_not_known_is_put_right(world: SqliteWorld, log: sqlite3.Connection) -> None:
    book(world, 1)
    own = msgspec.structs.replace(call_record("call_of_hold_1"), amount_nanos=0, duration_ms=77)
    write(log, [written(own)])
    assert catch_up(world.beside, log) == 1
    assert recorded(world) == {"call_of_hold_1": msgspec.structs.replace(own, amount_nanos=1)}


def test_what_retention_deleted_is_not_rebuilt(world: SqliteWorld, log: sqlite3.Connection) -> None:
    book(world, 1)
    log.execute("UPDATE watermark SET kept_since = ?", (NOW + 1,))
    assert catch_up(world.beside, log) == 0
    assert recorded(world) == {}


def test_young_postings_are_left_for_later(world: SqliteWorld, log: sqlite3.Connection) -> None:
    book(world, 1, 2, 3)
    assert catch_up(world.beside, log, before=NOW + 2) == 1
    assert list(recorded(world)) == ["call_of_hold_1"]
    assert catch_up(world.beside, log, before=NOW + 4) == 2


def test_many_are_compared_piece_by_piece(
    world: SqliteWorld, log: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_CHUNK", 3)
    book(world, *range(10))
    assert catch_up(world.beside, log) == 10
    assert len(recorded(world)) == 10


def test_a_basis_that_is_no_record_is_told_and_passed(
    world: SqliteWorld, log: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    book(world, 1, basis=b'{"call_id": "call_1"}')
    book(world, 2, basis=b"nothing")
    book(world, 3)
    catch_up(world.beside, log)
    assert list(recorded(world)) == ["call_of_hold_3"]
    assert "basis not readable" in [record.message for record in caplog.records]
