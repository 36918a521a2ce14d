import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld
from tests.contract.store import NOW
from waystation.adapters.sqlite.journal import GrownRow, HoldRow, Journal, PostingRow, ReleaseRow
from waystation.adapters.sqlite.rows import CHUNK


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Accounts 1 and 2 are there: the wallet, and the equity that its credit came from."""
    world = SqliteWorld(tmp_path)
    world.prepare()
    yield world.beside
    world.leave()


@pytest.fixture
def journal(connection: sqlite3.Connection) -> Journal:
    return Journal(connection)


def hold(hold_id: str = "hold_1") -> HoldRow:
    return HoldRow(hold_id, "tok_1", 10, "[1]", NOW, NOW + 60, "run_1")


def posting(hold_id: str = "hold_1") -> PostingRow:
    return PostingRow(NOW, "usage", 1, 2, 5, "USD", hold_id, 10, "[1]", 0, "[]", f"call_of_{hold_id}", b"{}")


def release(hold_id: str = "hold_1") -> ReleaseRow:
    return ReleaseRow(hold_id, "tok_1", 10, "[1]", NOW, "voided", NOW + 1)


def ids(connection: sqlite3.Connection, table: str) -> list[str]:
    column = "id" if table == "holds" else "hold_id"
    rows = connection.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1")  # noqa: S608 - tests
    return [each for (each,) in rows]


def test_nothing_is_written_before_it_is_asked_for(connection: sqlite3.Connection, journal: Journal) -> None:
    journal.open(hold())
    assert ids(connection, "holds") == []
    journal.write()
    journal.write()
    assert ids(connection, "holds") == ["hold_1"]


def test_many_holds_are_opened_and_ended_at_once(connection: sqlite3.Connection, journal: Journal) -> None:
    names = [f"hold_{number:03}" for number in range(3 * CHUNK)]
    for name in names:
        journal.open(hold(name))
    for name in names[::2]:
        journal.post(posting(name))
    journal.release(release(names[1]))
    journal.write()
    assert ids(connection, "holds") == names[3::2]
    assert ids(connection, "postings") == names[::2]
    assert ids(connection, "releases") == [names[1]]


def test_each_row_is_whole(connection: sqlite3.Connection, journal: Journal) -> None:
    for name in ("hold_1", "hold_2", "hold_3"):
        journal.open(hold(name))
    journal.post(posting("hold_1"))
    journal.release(release("hold_2"))
    journal.write()
    postings = f"SELECT {', '.join(PostingRow._fields)} FROM postings WHERE hold_id IS NOT NULL"  # noqa: S608 - constants
    assert connection.execute(postings).fetchall() == [posting("hold_1")]
    assert connection.execute("SELECT * FROM releases").fetchall() == [release("hold_2")]
    assert connection.execute("SELECT * FROM holds").fetchall() == [hold("hold_3")]


@pytest.mark.parametrize("end", ["open", "posted", "released", "twice"])
def test_an_id_is_used_for_one_hold_only(journal: Journal, end: str) -> None:
    journal.open(hold())
    if end == "posted":
        journal.post(posting())
    if end == "released":
        journal.release(release())
    if end != "twice":
        journal.write()
    journal.open(hold("hold_0"))
    journal.open(hold())
    with pytest.raises(sqlite3.IntegrityError):
        journal.write()


def test_a_hold_that_is_opened_now_tells_whether_its_id_is_new(
    connection: sqlite3.Connection, journal: Journal
) -> None:
    assert journal.open_now(hold())
    assert not journal.open_now(hold())
    assert ids(connection, "holds") == ["hold_1"]
    journal.post(posting())
    journal.write()
    assert not journal.open_now(hold())
    assert ids(connection, "holds") == []


def test_a_hold_that_grew_twice_is_written_as_it_is_now(connection: sqlite3.Connection, journal: Journal) -> None:
    for name in ("hold_1", "hold_2", "hold_3"):
        journal.open(hold(name))
    journal.grow(GrownRow("hold_1", 20, NOW + 60))
    journal.grow(GrownRow("hold_2", 7, NOW + 70))
    journal.grow(GrownRow("hold_1", 30, NOW + 90))
    journal.write()
    assert connection.execute("SELECT id, amount, expires_at FROM holds ORDER BY id").fetchall() == [
        ("hold_1", 30, NOW + 90),
        ("hold_2", 7, NOW + 70),
        ("hold_3", 10, NOW + 60),
    ]


def test_a_hold_is_opened_grows_and_ends_in_one_transaction(connection: sqlite3.Connection, journal: Journal) -> None:
    journal.open(hold())
    journal.grow(GrownRow("hold_1", 20, NOW + 60))
    journal.post(posting())
    journal.write()
    assert (ids(connection, "holds"), ids(connection, "postings")) == ([], ["hold_1"])


def test_a_hold_that_is_not_open_can_not_grow(journal: Journal) -> None:
    journal.open(hold("hold_0"))
    journal.grow(GrownRow("hold_0", 20, NOW + 60))
    journal.grow(GrownRow("hold_1", 20, NOW + 60))
    with pytest.raises(sqlite3.IntegrityError):
        journal.write()


def test_a_hold_that_is_not_open_can_not_end(journal: Journal) -> None:
    journal.open(hold("hold_0"))
    journal.post(posting("hold_0"))
    journal.post(posting("hold_1"))
    with pytest.raises(sqlite3.IntegrityError):
        journal.write()


def test_a_hold_ends_once(journal: Journal) -> None:
    journal.open(hold())
    journal.post(posting())
    journal.release(release())
    with pytest.raises(sqlite3.IntegrityError):
        journal.write()


def test_what_is_forgotten_is_never_written(connection: sqlite3.Connection, journal: Journal) -> None:
    journal.open(hold("hold_1"))
    journal.open(hold("hold_2"))
    journal.grow(GrownRow("hold_1", 20, NOW + 60))
    journal.post(posting("hold_1"))
    journal.release(release("hold_2"))
    journal.forget()
    journal.write()
    assert [ids(connection, table) for table in ("holds", "postings", "releases")] == [[], [], []]
