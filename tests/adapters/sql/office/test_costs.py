"""Upstreams' costs are booked by the day; what came late is booked as the difference."""

import msgspec

from tests.adapters.sql.books import NOW, Books
from waystation.adapters.sql.office import book_costs
from waystation.adapters.sql.tables.calls import calls

NEXT_DAY = NOW + 86_400


def test_a_day_is_booked_when_it_is_over(books: Books) -> None:
    books.top_up(1_000)
    books.call(cost_nanos=7, cost_currency="USD")
    books.call(cost_nanos=5, cost_currency="USD")
    books.call(cost_nanos=9, cost_currency="CNY", upstream="deepseek")
    books.call()
    assert book_costs(books.database, NOW) == 0
    assert book_costs(books.database, NEXT_DAY) == 2
    assert book_costs(books.database, NEXT_DAY) == 0
    assert books.account("system", "costs").debits_posted == 12
    assert books.account("system", "payables", "CNY").credits_posted == 9
    memos = [msgspec.json.decode(posting.memo) for posting in books.postings("upstream_cost")]
    assert {"day": "2026-09-21", "upstream": "openai", "calls": 2} in memos


def test_late_records_are_booked_as_the_difference(books: Books) -> None:
    books.top_up(1_000)
    books.call(cost_nanos=7, cost_currency="USD")
    book_costs(books.database, NEXT_DAY)
    books.call(cost_nanos=3, cost_currency="USD")
    books.call(cost_nanos=-5, cost_currency="USD")
    assert book_costs(books.database, NEXT_DAY + 60) == 1
    assert books.postings("upstream_cost")[1].amount == 2
    costs = books.account("system", "costs")
    assert costs.debits_posted - costs.credits_posted == 5


def test_records_that_were_deleted_take_nothing_back(books: Books) -> None:
    books.top_up(1_000)
    books.call(cost_nanos=7, cost_currency="USD")
    books.call(cost_nanos=7, cost_currency="USD")
    book_costs(books.database, NEXT_DAY)
    with books.database.writing("calls") as connection:
        connection.execute(calls.delete().where(calls.c.call_id == "call_000001"))
    assert book_costs(books.database, NEXT_DAY) == 0
