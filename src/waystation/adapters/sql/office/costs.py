"""What upstreams ask of us, booked by the day, upstream and currency, beside the calls.

A day is booked when it is over, and looked at again for some days: records that came late are booked as the difference.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql import accounts
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.office import cost_days
from waystation.ledger.posting import COSTS, PAYABLES

LOOK_BACK_DAYS: Final = 3  # longer than an outage's journal waits, shorter than call records are kept
LATE_S: Final = 900.0  # after midnight: long streams of the day before are over, and their records written


class _Cost(NamedTuple):
    day: str
    upstream: str
    currency: str
    amount: int
    calls: int


def book_costs(database: Database, at: float) -> int:
    """Book what is not yet booked of the days before `at`; how many bookings. Raises: StoreUnavailable."""
    booked = 0
    for day in _days(at):
        with database.reading() as connection:
            found = list(_costs(connection, day))
        for cost in found:
            booked += _book(database, cost, at)
    return booked


def _days(at: float) -> Iterator[date]:
    last = datetime.fromtimestamp(at - LATE_S, UTC).date()
    for back in range(LOOK_BACK_DAYS, 0, -1):
        yield last - timedelta(days=back)


def _costs(connection: Connection, day: date) -> Iterator[_Cost]:
    starts = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    amount, currency = _fact(connection, "cost_nanos"), _fact(connection, "cost_currency")
    known = (
        select(calls.c.upstream, currency.label("currency"), cast(amount, BigInteger).label("amount"))
        .where(calls.c.at >= starts, calls.c.at < starts + 86_400, calls.c.upstream.is_not(None), amount.is_not(None))
        .subquery()
    )
    of_each = (known.c.upstream, known.c.currency)
    sums = select(*of_each, func.sum(known.c.amount), func.count()).group_by(*of_each)
    for upstream, unit, total, count in connection.execute(sums):
        yield _Cost(day.isoformat(), upstream, unit, int(total), count)


def _fact(connection: Connection, name: str) -> ColumnElement[Any]:
    """A member of a call record's JSON."""
    if connection.dialect.name == "sqlite":
        return func.json_extract(calls.c.record, f"$.{name}")
    text: ColumnElement[Any] = cast(calls.c.record, JSONB)[name].astext
    return text


def _book(database: Database, cost: _Cost, at: float) -> bool:
    with database.writing() as connection:
        accounts.begin(connection)
        row = {"day": cost.day, "upstream": cost.upstream, "currency": cost.currency, "amount": 0, "calls": 0}
        accounts.insert_new(connection, cost_days, row, ("day", "upstream", "currency"))
        of_day = (
            cost_days.c.day == cost.day,
            cost_days.c.upstream == cost.upstream,
            cost_days.c.currency == cost.currency,
        )
        before = connection.execute(select(cost_days).where(*of_day).with_for_update()).one()
        more = cost.amount - before.amount
        if not more or cost.calls < before.calls:  # fewer: records were deleted, and what they cost is booked
            return False
        _move(connection, cost, more, at)
        connection.execute(update(cost_days).where(*of_day).values(amount=cost.amount, calls=cost.calls))
    return True


def _move(connection: Connection, cost: _Cost, more: int, at: float) -> None:
    ours = [accounts.system(connection, name, cost.currency) for name in (COSTS, PAYABLES)]
    accounts.lock(connection, ours)
    debit, credit = ours if more > 0 else reversed(ours)
    memo = {"day": cost.day, "upstream": cost.upstream, "calls": cost.calls}
    fields = {
        "at": at,
        "kind": "upstream_cost",
        "debit_account": debit,
        "credit_account": credit,
        "amount": abs(more),
        "currency": cost.currency,
        "memo": msgspec.json.encode(memo).decode(),
    }
    accounts.move(connection, fields)
