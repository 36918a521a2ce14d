import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld, booking
from tests.contract.store import NOW, WALLET, budget_ceiling, call_record, hold_order, post_order, token
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.lock import DirectoryLock
from waystation.adapters.sqlite.rebuild import catch_up
from waystation.adapters.sqlite.records import write
from waystation.adapters.sqlite.verify import verify
from waystation.wire.catalogue import Budget
from waystation.wire.errors import Misconfigured
from waystation.wire.price import Price


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    """Two postings with their records, one void, one open hold."""
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.put_token(token(budget=Budget(80, "USD", "month")))
    books = world.books()
    with booking(books):
        for number in range(1, 5):
            books.hold(hold_order(f"hold_{number}", 10, budget_ceiling(), WALLET))
        books.post(post_order("hold_1", 4))
        books.post(post_order("hold_2", 300, estimated=True))
        books.void("hold_3", NOW)
    with closing(connect(world.calls_path)) as log:
        make(log, "calls")
        catch_up(world.beside, log)
    yield world
    world.leave()


def checks(world: SqliteWorld) -> set[str]:
    return {difference.check for difference in world.verify().differences}


def tamper(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute("DROP TRIGGER IF EXISTS postings_never_change")
    connection.execute("DROP TRIGGER IF EXISTS postings_never_go")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(statement)


def test_books_that_agree_pass(world: SqliteWorld) -> None:
    report = world.verify()
    assert report.differences == []
    assert report.counts == {"calls": 2, "postings": 3, "accounts": 4, "open holds": 1}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE accounts SET credits_posted = credits_posted + 1 WHERE kind = 'wallet'", {"sum", "credits"}),
        ("UPDATE accounts SET credits_posted = credits_posted - 1 WHERE owner_id = 'revenue'", {"sum", "credits"}),
        ("UPDATE accounts SET debits_posted = debits_posted + 1 WHERE kind = 'wallet'", {"sum", "debits"}),
        ("UPDATE accounts SET debits_posted = debits_posted - 1 WHERE kind = 'budget'", {"debits"}),
        ("UPDATE accounts SET debits_pending = 0 WHERE kind = 'wallet'", {"pending"}),
        ("UPDATE accounts SET debits_pending = 99 WHERE kind = 'wallet'", {"pending", "overdrawn"}),
        ("UPDATE postings SET amount = 5 WHERE hold_id = 'hold_1'", {"credits", "debits", "bill", "record"}),
        ("UPDATE postings SET shortfall = shortfall + 1 WHERE hold_id = 'hold_2'", {"bill"}),
        ("UPDATE postings SET basis = NULL WHERE hold_id = 'hold_1'", {"bill"}),
        ("UPDATE postings SET currency = 'CNY' WHERE hold_id = 'hold_1'", {"misplaced"}),
        ("UPDATE postings SET hold_id = NULL WHERE hold_id = 'hold_1'", {"misplaced"}),
        (
            "DELETE FROM postings WHERE hold_id = 'hold_1'",
            {"credits", "debits", "posting missing"},
        ),
        ("UPDATE holds SET id = 'hold_1'", {"hold ended twice"}),
        ("UPDATE holds SET id = 'hold_3'", {"hold ended twice"}),
        ("UPDATE releases SET hold_id = 'hold_2'", {"hold ended twice"}),
        ("DELETE FROM holds", {"pending"}),
        (
            "UPDATE postings SET call_id = 'call_of_hold_2' WHERE hold_id = 'hold_1'",
            {"billed twice", "record", "posting missing"},
        ),
    ],
)
def test_whatever_was_tampered_with_is_found(world: SqliteWorld, statement: str, found: set[str]) -> None:
    tamper(world.beside, statement)
    assert checks(world) == found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM calls WHERE call_id = 'call_of_hold_1'", {"record missing"}),
        ("UPDATE calls SET amount_nanos = 3 WHERE call_id = 'call_of_hold_1'", {"record"}),
    ],
)
def test_records_that_do_not_match_are_found(world: SqliteWorld, statement: str, found: set[str]) -> None:
    with closing(connect(world.calls_path)) as log:
        log.execute(statement)
    assert checks(world) == found


def test_a_finished_call_without_a_posting_is_found(world: SqliteWorld) -> None:
    billed = msgspec.structs.replace(call_record("call_9"), price=Price(currency="USD", input=0, output=0))
    failed = msgspec.structs.replace(billed, call_id="call_8", outcome="failed")
    with closing(connect(world.calls_path)) as log:
        write(log, [billed, failed, call_record("call_unpriced")])
    (difference,) = world.verify().differences
    assert (difference.check, difference.subject) == ("posting missing", "call_9")


def test_a_record_that_is_not_written_yet_is_a_note(world: SqliteWorld) -> None:
    with closing(connect(world.calls_path)) as log:
        log.execute("DELETE FROM calls")
        log.execute("UPDATE watermark SET posting_id = 0")
    report = world.verify()
    assert report.differences == []
    assert report.notes[-1].startswith("2 postings have no call record yet")


def test_an_overdue_hold_is_a_leak_while_a_server_runs(world: SqliteWorld) -> None:
    world.now = NOW + 600 + 61
    assert checks(world) == set()
    assert "1 holds were left open" in world.verify().notes[0]
    lock = DirectoryLock(world.data_dir)
    lock.take()
    assert checks(world) == {"hold overdue"}
    world.now = NOW + 600 + 59
    assert checks(world) == set()
    lock.release()


def test_a_lowered_budget_is_a_note(world: SqliteWorld) -> None:
    world.put_token(token(budget=Budget(5, "USD", "month")))
    report = world.verify()
    assert report.differences == []
    assert "was lowered below what was spent" in report.notes[0]


def test_verifying_writes_nothing(world: SqliteWorld) -> None:
    world.verify()
    world.leave()
    before = {path.name: path.read_bytes() for path in (world.ledger_path, world.calls_path)}
    world.verify()
    assert {path.name: path.read_bytes() for path in (world.ledger_path, world.calls_path)} == before


def test_a_missing_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls.db").touch()
    with pytest.raises(Misconfigured, match=r"no 'ledger\.db'"):
        verify(tmp_path / "ledger.db", tmp_path / "calls.db")


def test_a_missing_call_log_is_told(world: SqliteWorld) -> None:
    world.calls_path.unlink()
    with pytest.raises(Misconfigured, match=r"no 'calls\.db'"):
        world.verify()
