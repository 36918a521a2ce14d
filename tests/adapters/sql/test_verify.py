"""`ledger verify` on both databases: right books pass."""

from contextlib import closing
from pathlib import Path

from tests.adapters.sql.books import Books, check, fill
from tests.adapters.sqlite.made import make
from tests.adapters.sqlite.world import SqliteWorld, booking
from tests.contract.store import NOW, WALLET, budget_ceiling, hold_order, post_order, token
from waystation.adapters.sqlite.connection import connect
from waystation.adapters.sqlite.rebuild import catch_up
from waystation.wire.catalogue import Budget


def test_right_books_pass(books: Books) -> None:
    fill(books)
    report = check(books)
    assert report.differences == []
    assert report.counts["postings"] == 12
    assert report.counts["seals"] >= 1
    assert any("sealed up to posting" in note for note in report.notes)
    assert any("1 holds were left open" in note for note in report.notes)


def test_empty_books_pass(books: Books) -> None:
    assert check(books).passed


def test_what_the_hot_path_books_is_right(tmp_path: Path) -> None:
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
    report = world.verify()
    assert report.differences == []
    assert report.counts == {"calls": 2, "postings": 3, "accounts": 4, "open holds": 1, "seals": 0}
    world.leave()
