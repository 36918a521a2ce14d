"""Statements follow from the postings, to the nano-unit."""

import random
from datetime import date

import pytest
from sqlalchemy import insert, select

from tests.adapters.sql.books import NOW, ORG, Books
from waystation.adapters.sql import closings, seals
from waystation.adapters.sql.statements import statement
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.catalogue import tokens
from waystation.ledger.errand import Correction, CreditLine, Gift, Refund, Transfer
from waystation.ledger.statement import Figures, Row, UsageLine
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

DAY = 86_400
OCTOBER = NOW + 20 * DAY


def test_a_month_has_what_came_in_it(books: Books) -> None:
    books.top_up(1_000)
    seals.seal(books.database, books.at)
    books.at = OCTOBER
    books.top_up(500)
    books.book(Gift(organization_id=ORG, amount_nanos=70, currency="USD"))
    posting_id, _ = books.call(Usage(input_tokens=100, output_tokens=10, cache_read_input_tokens=40))
    books.call(Usage(input_tokens=50, output_tokens=0), estimated=True)
    books.call(Usage(input_tokens=7, output_tokens=0), request_model="claude")
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=120))
    books.book(Refund(organization_id=ORG, amount_nanos=300, currency="USD"))
    seals.seal(books.database, books.at)
    books.at += 30 * DAY
    books.top_up(9)
    books.call()
    october = statement(books.database, "acme", "2026-10")
    assert october.figures == (
        Figures(
            currency="USD", opening=1_000, topup=500, gift=70, usage=-137, estimated=-50, correction=10, refund=-300,
            closing=1_093,
        ),
    )  # fmt: skip
    assert october.lines == (
        UsageLine(model="claude", currency="USD", calls=1, tokens={"input_tokens": 7}, amount_nanos=7),
        UsageLine(
            model="gpt",
            currency="USD",
            calls=2,
            estimated_calls=1,
            tokens={"input_tokens": 150, "cache_read_input_tokens": 40, "output_tokens": 10},
            amount_nanos=180,
            correction_nanos=-10,
        ),
    )
    assert statement(books.database, ORG, "2026-09").figures[0].closing == 1_000
    november = statement(books.database, ORG, "2026-11").figures[0]
    assert (november.opening, november.closing) == (1_093, 1_062)


def test_the_total_is_the_sum_of_its_call_records(books: Books) -> None:
    """Ten thousand random calls; on PostgreSQL a thousand, whose driver takes them one by one."""
    draw = random.Random(4)
    books.top_up(10**12)
    count = 10_000 if books.database.dialect == "sqlite" else 1_000
    _many(books, draw, count)
    seen: list[str] = []
    whole = statement(books.database, ORG, "2026-09", listener=lambda _, call: seen.append(call.call_id))
    with books.database.reading() as connection:
        recorded = connection.execute(select(calls.c.call_id, calls.c.amount_nanos)).fetchall()
    total = sum(amount for _, amount in recorded)
    assert sum(line.amount_nanos for line in whole.lines) == total
    assert -(whole.figures[0].usage + whole.figures[0].estimated) == total
    assert sum(line.calls for line in whole.lines) == count
    assert sorted(seen) == sorted(call_id for call_id, _ in recorded)
    assert whole.figures[0].closing == books.wallet().available
    parts = [statement(books.database, ORG, "2026-09", scope=("model", f"model-{number}")) for number in range(5)]
    assert sum(line.amount_nanos for part in parts for line in part.lines) == total


def _many(books: Books, draw: random.Random, count: int) -> None:
    records = [
        books.made(
            Usage(input_tokens=draw.randrange(10**5), output_tokens=draw.randrange(10**4)),
            estimated=draw.random() < 0.1,
            request_model=f"model-{draw.randrange(5)}",
        )
        for _ in range(count)
    ]
    books.post(records)
    books.record(records)


def test_parts_of_an_organization_have_their_own(books: Books) -> None:
    books.node("dep_1", "department")
    books.node("dep_2", "department", "dep_1")
    books.node("dep_3", "department")
    books.node("prj_1", "project", "dep_2")
    books.node("mem_1", "member", "dep_3")
    books.budget("bud_1", 100, ("department", "dep_2"))
    books.budget("bud_3", 100, ("department", "dep_3"))
    with books.database.writing() as connection:
        row = {"id": "tok_1", "name": "ci", "organization_id": ORG, "digest": bytes(32), "hint": "x", "all_models": 1}
        connection.execute(insert(tokens).values(row | {"created_at": 0, "kept_by": "file"}))
    books.top_up(1_000)
    books.call(department_id="dep_2", project_id="prj_1")
    books.call(department_id="dep_1")
    books.call(department_id="dep_3", member_id="mem_1", token_id="tok_2")
    books.book(Transfer(organization_id=ORG, from_budget="bud_1", to_budget="bud_3", amount_nanos=30))

    def calls_of(kind: str, wanted: str) -> int:
        part = statement(books.database, ORG, "2026-09", scope=(kind, wanted))  # type: ignore[arg-type]
        assert all(figures.opening is None for figures in part.figures)
        return sum(line.calls for line in part.lines)

    assert calls_of("department", "DEP_1") == 2
    assert calls_of("department", "dep_2") == 1
    assert calls_of("project", "prj_1") == 1
    assert calls_of("member", "mem_1") == 1
    assert calls_of("token", "ci") == 2
    assert calls_of("model", "gpt") == 3
    assert calls_of("model", "none") == 0
    gave = statement(books.database, ORG, "2026-09", scope=("department", "dep_1")).figures[0]
    took = statement(books.database, ORG, "2026-09", scope=("department", "dep_3")).figures[0]
    assert (gave.topup, gave.usage, gave.transfer, took.transfer) == (0, -80, -30, 30)
    with pytest.raises(Misconfigured, match="there is no project 'dep_1'"):
        calls_of("project", "dep_1")


def test_names_that_are_several_must_be_told_apart(books: Books) -> None:
    books.node("dep_a", "department")
    with books.database.writing() as connection:
        connection.exec_driver_sql("UPDATE nodes SET name = 'same'")
    books.node("same", "department")
    with pytest.raises(Misconfigured, match="there are several department 'same'"):
        statement(books.database, ORG, "2026-09", scope=("department", "same"))


def test_days_are_those_of_the_organizations_time_zone(books: Books) -> None:
    books.set_up(zone="Asia/Shanghai", name="远方", id_="org_cn")
    books.at = 1_790_784_000.0  # 2026-09-30T16:00:00Z: October has begun in Shanghai
    books.top_up(5, id_="org_cn")
    assert statement(books.database, "远方", "2026-09").figures[0].closing == 0
    assert statement(books.database, "远方", "2026-10").figures[0].topup == 5
    one_day = statement(books.database, "远方", (date(2026, 10, 1), date(2026, 10, 2)))
    assert (one_day.figures[0].topup, one_day.time_zone) == (5, "Asia/Shanghai")
    assert one_day.starts_at == books.at


def test_an_organization_on_credit_closes_below_zero(books: Books) -> None:
    books.book(CreditLine(organization_id=ORG, amount_nanos=100, currency="USD"))
    books.call(Usage(input_tokens=60, output_tokens=0))
    assert statement(books.database, ORG, "2026-09").figures[0].closing == -60


def test_what_came_after_its_month_was_closed_is_in_the_next(books: Books) -> None:
    books.top_up(1_000)
    closings.close(books.database, "2026-09", at=OCTOBER, by="ann")
    books.call(Usage(input_tokens=60, output_tokens=0))  # late: dated in September
    september, october = (statement(books.database, ORG, month).figures[0] for month in ("2026-09", "2026-10"))
    assert (september.usage, september.closing) == (0, 1_000)
    assert (october.opening, october.usage, october.closing) == (1_000, -60, 940)


def test_the_listener_hears_of_bookings_in_it(books: Books) -> None:
    books.top_up(1_000)
    posting_id, call = books.call()
    books.book(Correction(organization_id=ORG, posting_id=posting_id, due_nanos=1))
    heard: list[tuple[str, str]] = []

    def listen(row: Row, record: CallRecord) -> None:
        heard.append((row.kind, record.call_id))

    statement(books.database, ORG, "2026-09", listener=listen)
    assert heard == [("usage", call.call_id), ("correction", call.call_id)]


def test_who_is_not_there_has_no_statement(books: Books) -> None:
    with pytest.raises(Misconfigured, match="there is no organization 'nobody'"):
        statement(books.database, "nobody", "2026-09")
