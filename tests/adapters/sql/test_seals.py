"""Sealed postings: what was changed, removed or slipped in is named; what is not committed is not sealed."""

from collections.abc import Callable
from threading import Thread
from time import sleep

import pytest
from sqlalchemy import Connection, event, select

from tests.adapters.sql.books import NOW, Books, tamper
from waystation.adapters.sql import accounts, seals
from waystation.adapters.sql.locks import POSTING, SAFE_POSTING
from waystation.adapters.sql.postings import scan
from waystation.adapters.sql.seals import Inspector, sealed_row
from waystation.adapters.sql.tables.ledger import postings
from waystation.adapters.sql.tables.office import seals as table
from waystation.ledger.seal import SEALED_COLUMNS, Fault, Seal
from waystation.wire.errors import StoreUnavailable


def found(books: Books) -> list[Fault]:
    faults: list[Fault] = []

    def note(_: Seal, fault: Fault) -> None:
        faults.append(fault)

    columns = tuple(postings.c[name] for name in SEALED_COLUMNS)
    with books.database.reading() as connection:
        inspector = Inspector(connection, note)
        for row in scan(connection, columns, after=-1000):
            inspector.add(sealed_row(row))
        inspector.finish()
    return faults


@pytest.fixture
def sealed(books: Books) -> Books:
    """Nine postings: three in each of three seals."""
    for number in range(3):
        for _ in range(3):
            books.at = NOW + number
            books.top_up(100)
        assert seals.seal(books.database, books.at) == 3
    return books


def test_what_is_sealed_stays_whole(sealed: Books) -> None:
    assert seals.seal(sealed.database, NOW) == 0
    assert not found(sealed)
    with sealed.database.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.number)).fetchall()
        newest = seals.last(connection)
    assert [(row.number, row._mapping["count"], row.first_at) for row in rows] == [
        (1, 3, NOW),
        (2, 3, NOW + 1),
        (3, 3, NOW + 2),
    ]
    assert [bytes(row.previous) for row in rows[1:]] == [bytes(row.hash) for row in rows[:2]]
    assert newest is not None
    assert newest.hash == bytes(rows[2].hash)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE postings SET amount = 101 WHERE id = 5", Fault(5, "it was changed after it was sealed")),
        ("UPDATE postings SET memo = NULL WHERE id = 1", Fault(1, "it was changed after it was sealed")),
        ("DELETE FROM postings WHERE id = 6", Fault(6, "it was sealed, and is gone")),
        (
            (
                "INSERT INTO postings SELECT -1, at, kind, debit_account, credit_account, amount, currency, hold_id,"
                " held, chain, shortfall, marks, call_id, basis, memo, corrects FROM postings WHERE id = 1"
            ),
            Fault(-1, "it was slipped in among sealed postings"),
        ),
    ],
)
def test_who_tampers_is_found_and_what_he_touched_named(sealed: Books, statement: str, fault: Fault) -> None:
    tamper(sealed, statement)
    assert found(sealed) == [fault]


def test_a_whole_block_that_is_gone_is_named(sealed: Books) -> None:
    tamper(sealed, "DELETE FROM postings WHERE id IN (4, 5, 6)")
    assert [fault.posting_id for fault in found(sealed)] == [4, 5, 6]


def test_seals_that_do_not_go_on_from_each_other_are_found(sealed: Books) -> None:
    tamper(sealed, "DELETE FROM seals WHERE number = 2")
    assert "seal 2 is missing before it" in [fault.message for fault in found(sealed)]


def test_a_seal_that_was_made_anew_breaks_the_next(sealed: Books) -> None:
    tamper(sealed, "UPDATE postings SET amount = 101 WHERE id = 2")
    tamper(sealed, "DELETE FROM seals")
    assert seals.seal(sealed.database, NOW) == 9  # all anew: only a hash that was noted elsewhere tells
    assert not found(sealed)


def test_it_seals_in_blocks_that_fit_into_memory(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BLOCK_MAX", 2)
    for _ in range(5):
        books.top_up(1)
    assert seals.seal(books.database, NOW, blocks_max=1) == 2
    assert seals.seal(books.database, NOW) == 3
    assert not found(books)


def test_nothing_lies_before_the_block_that_reaches_into_a_period(sealed: Books) -> None:
    with sealed.database.reading() as connection:
        assert seals.first_posting_since(connection, NOW) == 1
        assert seals.first_posting_since(connection, NOW + 0.5) == 4
        assert seals.first_posting_since(connection, NOW + 9) == 10


def test_without_seals_all_is_read(books: Books) -> None:
    with books.database.reading() as connection:
        assert seals.first_posting_since(connection, NOW) == 1
        assert seals.last(connection) is None


def test_what_is_being_posted_is_waited_for(books: Books) -> None:
    """On PostgreSQL a posting may have a lower number than one that is committed already."""
    if books.database.dialect == "sqlite":
        pytest.skip("one writer")
    books.top_up(1)
    with books.database.writing() as connection:
        accounts.begin(connection)
        with pytest.raises(StoreUnavailable):
            seals.seal(books.database, NOW)
    assert seals.seal(books.database, NOW) == 1


def test_who_asks_what_is_safe_holds_nobody_up(books: Books) -> None:
    if books.database.dialect == "sqlite":
        pytest.skip("one writer")
    books.top_up(1)
    let: list[bool] = []

    @event.listens_for(books.database._engines["ledger"], "after_cursor_execute")
    def _answered(_: Connection, __: object, statement: str, *_rest: object) -> None:
        if statement == SAFE_POSTING:
            with books.database.reading() as other:
                let.append(other.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock_shared({POSTING})").scalar_one())

    assert seals.safe_posting(books.database) == 1
    assert let == [True]


def test_two_who_seal_at_once_seal_once(books: Books) -> None:
    for _ in range(20):
        books.top_up(1)
    sealers: list[Thread] = []
    done: list[int] = []
    work: Callable[[], None] = lambda: done.append(seals.seal(books.database, NOW))  # noqa: E731 - short
    for _ in range(4):
        sealers.append(Thread(target=work))
        sealers[-1].start()
        sleep(0.001)
    for sealer in sealers:
        sealer.join()
    assert sum(done) == 20
    assert not found(books)
