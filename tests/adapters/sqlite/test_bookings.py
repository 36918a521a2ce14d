"""What the store's contract does not see: which rows are written. What they mean is in tests/contract/store.py."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.world import SqliteWorld, booking
from tests.contract.store import NOW, WALLET, budget_ceiling, extend_order, hold_order, post_order, token
from waystation.adapters.sqlite import balances, bookings, chains
from waystation.adapters.sqlite.bookings import Books
from waystation.wire.booking import Held, Posted, PostOrder, Refused
from waystation.wire.catalogue import Budget


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SqliteWorld]:
    world = SqliteWorld(tmp_path)
    world.prepare()
    world.put_token(token(budget=Budget(60, "USD", "month")))
    yield world
    world.leave()


@pytest.fixture
def books(world: SqliteWorld) -> Books:
    return world.books()


def hold(books: Books, hold_id: str = "hold_1", amount: int = 40) -> None:
    with booking(books):
        assert books.hold(hold_order(hold_id, amount, budget_ceiling(), WALLET)) == Held(hold_id, amount)


def post(books: Books, order: PostOrder) -> None:
    with booking(books):
        books.post(order)


def row(connection: sqlite3.Connection, sql: str) -> object:
    return connection.execute(sql).fetchone()


def test_a_posting_goes_from_the_wallet_to_revenue(world: SqliteWorld, books: Books) -> None:
    hold(books)
    post(books, post_order("hold_1", 25, marks=("input_absurd",)))
    assert row(
        world.beside,
        "SELECT d.kind, d.owner_id, c.kind, c.owner_id, p.kind, amount, p.currency, hold_id, held, shortfall, marks,"
        " call_id FROM postings AS p"
        " JOIN accounts AS d ON d.id = debit_account JOIN accounts AS c ON c.id = credit_account"
        " WHERE p.kind <> 'opening'",
    ) == (
        *("wallet", "org_1", "system", "revenue", "usage", 25, "USD", "hold_1", 40, 0),
        *('["input_absurd"]', "call_of_hold_1"),
    )


def test_an_estimate_and_a_shortfall_are_marked(world: SqliteWorld, books: Books) -> None:
    hold(books)
    post(books, post_order("hold_1", 70, estimated=True, marks=("usage_unheard",)))
    assert row(world.beside, "SELECT kind, amount, shortfall, marks FROM postings WHERE kind <> 'opening'") == (
        *("estimated", 60, 10),
        '["usage_unheard","shortfall"]',
    )


def test_a_basis_that_can_not_be_read_is_booked_and_kept(world: SqliteWorld, books: Books) -> None:
    hold(books)
    order = PostOrder(hold_id="hold_1", call_id="call_1", amount_nanos=1, estimated=False, marks=(), at=NOW, basis=b"{")
    post(books, order)
    assert row(world.beside, "SELECT call_id, basis FROM postings WHERE kind <> 'opening'") == ("call_1", b"{")


def test_only_open_holds_are_kept_among_the_holds(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    hold(books, "hold_2", 20)
    hold(books, "hold_3", 30)
    post(books, post_order("hold_1", 10))
    with booking(books):
        books.void("hold_2", NOW + 5)
    assert world.beside.execute("SELECT id, amount, run_id FROM holds").fetchall() == [("hold_3", 30, "run_1")]
    assert world.beside.execute("SELECT hold_id, amount, reason, released_at FROM releases").fetchall() == [
        ("hold_2", 20, "voided", NOW + 5)
    ]


def test_a_transaction_may_open_and_end_the_same_holds(world: SqliteWorld, books: Books) -> None:
    with booking(books, shared=True):
        for number in range(4):
            books.hold(hold_order(f"hold_{number}", 10, budget_ceiling(), WALLET))
        books.post(post_order("hold_0", 4))
        assert books.post(post_order("hold_0", 9)) == Posted("hold_0", 4)
        books.void("hold_1", NOW + 5)
        books.void("hold_1", NOW + 6)
        books.void("hold_0", NOW + 7)
    assert world.beside.execute("SELECT id FROM holds").fetchall() == [("hold_2",), ("hold_3",)]
    assert world.beside.execute("SELECT hold_id, held, amount FROM postings WHERE kind = 'usage'").fetchall() == [
        ("hold_0", 10, 4)
    ]
    assert world.beside.execute("SELECT hold_id, reason, released_at FROM releases").fetchall() == [
        ("hold_1", "voided", NOW + 5)
    ]


def test_a_hold_grows_in_the_transaction_that_opens_and_ends_it(world: SqliteWorld, books: Books) -> None:
    with booking(books, shared=True):
        books.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET))
        books.hold(hold_order("hold_2", 10, budget_ceiling(), WALLET))
        assert books.extend(extend_order("hold_1", 30)) == Held("hold_1", 30)
        assert books.extend(extend_order("hold_2", 30)) == Held("hold_2", 30)
        assert isinstance(books.extend(extend_order("hold_2", 31)), Refused)
        books.post(post_order("hold_1", 25))
    assert world.beside.execute("SELECT id, amount FROM holds").fetchall() == [("hold_2", 30)]
    assert row(world.beside, "SELECT held, amount FROM postings WHERE kind = 'usage'") == (30, 25)
    assert row(world.beside, "SELECT debits_posted, debits_pending FROM accounts WHERE kind = 'budget'") == (25, 30)


def test_a_hold_that_another_connection_opened_grows(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    later = world.books("run_2")
    with booking(later):
        assert later.extend(extend_order("hold_1", 20, expires_at=NOW + 900)) == Held("hold_1", 20)
    assert row(world.beside, "SELECT amount, expires_at FROM holds") == (20, NOW + 900)
    post(books, post_order("hold_1", 60))
    assert row(world.beside, "SELECT held, amount FROM postings WHERE kind = 'usage'") == (20, 60)


def test_an_extension_that_is_rolled_back_is_forgotten(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    books.begin()
    books.extend(extend_order("hold_1", 60))
    books.rollback()
    with booking(books):
        assert books.extend(extend_order("hold_1", 15)) == Held("hold_1", 15)
    assert row(world.beside, "SELECT debits_pending FROM accounts WHERE kind = 'budget'") == (15,)


def test_what_is_not_written_yet_expires_like_the_rest(world: SqliteWorld, books: Books) -> None:
    with booking(books, shared=True):
        books.hold(hold_order("hold_1", 10, lasts_s=60))
        books.hold(hold_order("hold_2", 10, lasts_s=90))
        assert books.expire(NOW + 60) == 1
    assert world.beside.execute("SELECT id FROM holds").fetchall() == [("hold_2",)]


def test_a_shared_transaction_fails_if_an_id_was_used_before(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    post(books, post_order("hold_1", 10))
    books.begin(shared=True)
    books.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET))
    books.hold(hold_order("hold_2", 10, budget_ceiling(), WALLET))
    with pytest.raises(sqlite3.IntegrityError):
        books.commit()
    books.rollback()
    assert world.beside.execute("SELECT id FROM holds").fetchall() == []
    hold(books, "hold_2", 50)  # all that is left: nothing of the transaction is reckoned with


def test_only_the_holds_of_other_runs_are_orphans(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    later = world.books("run_2")
    hold(later, "hold_2", 20)
    with booking(later):
        assert later.expire_orphans(NOW) == 1
    assert world.beside.execute("SELECT hold_id, reason FROM releases").fetchall() == [("hold_1", "expired")]
    assert world.beside.execute("SELECT id FROM holds").fetchall() == [("hold_2",)]


def test_after_a_rollback_nothing_is_remembered(world: SqliteWorld, books: Books) -> None:
    books.begin()
    books.hold(hold_order("hold_1", 10, budget_ceiling(), WALLET))
    books.post(post_order("hold_1", 10))
    books.rollback()  # and with it the budget's window and the account of revenue
    hold(books, "hold_2", 20)
    post(books, post_order("hold_2", 20))
    assert row(world.beside, "SELECT credits_posted FROM accounts WHERE owner_id = 'revenue'") == (20,)


def test_a_change_of_the_catalogue_is_seen_once(world: SqliteWorld, books: Books) -> None:
    assert books.look()  # nobody knows what was there before the first look
    assert not books.look()
    world.put_token(token("tok_2"))
    assert books.look()
    assert not books.look()


def test_another_writer_of_the_books_is_noticed(world: SqliteWorld, books: Books) -> None:
    hold(books, "hold_1", 10)
    other = world.books("run_2")
    hold(other, "hold_2", 50)
    post(other, post_order("hold_1", 10))
    with booking(books):
        assert not isinstance(books.hold(hold_order("hold_3", 1, budget_ceiling(), WALLET)), Held)
        assert books.post(post_order("hold_1", 7)) == Posted("hold_1", 10)


def test_caches_that_are_full_are_emptied(world: SqliteWorld, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookings, "TOKENS_MAX", 1)
    monkeypatch.setattr(chains, "CHAINS_MAX", 1)
    monkeypatch.setattr(balances, "ACCOUNTS_MAX", 1)
    world.put_token(token("tok_2", Budget(60, "USD", "month")))
    for number in range(4):
        token_id = f"tok_{number % 2 + 1}"
        order = hold_order(f"hold_{number}", 1, budget_ceiling(token_id), WALLET, token_id=token_id)
        with booking(books):
            assert books.hold(order) == Held(f"hold_{number}", 1)
        post(books, post_order(f"hold_{number}", 1))
    assert row(world.beside, "SELECT credits_posted FROM accounts WHERE owner_id = 'revenue'") == (4,)
