"""What calls brought and what they cost us: from the roll-ups, and from the records what is no full hour.

Days there are those of the organizations' calendars, and a period begins anywhere: so hours are added up, or the hours
beside the period taken off all days.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from math import ceil
from typing import Any, Final, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    Text,
    cast,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql.tables.calls import calls, usage_days, usage_hours, usage_keys, usage_pending, watermark

Dimension = Literal["model", "upstream", "organization", "day"]

_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_COLUMNS: Final = {"model": "request_model", "upstream": "upstream", "organization": "organization_id"}
_SUMMED: Final = ("calls", "amount_nanos", "cost_nanos")
_HOURS_OF_A_DAY: Final = 5  # rows; a token calls what it calls in so many hours of a day


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """Of one model, upstream, organization or day (UTC). Sums are nanos by currency.

    `margin` has the currencies in which both are known; it is empty if any call's cost is not.
    """

    key: str
    calls: int
    calls_without_cost: int
    revenue: dict[str, int]
    cost: dict[str, int]

    @property
    def margin(self) -> dict[str, int]:
        if self.calls_without_cost or not self.cost.keys() <= self.revenue.keys():
            return {}
        return {currency: nanos - self.cost.get(currency, 0) for currency, nanos in self.revenue.items()}


class _Sum(NamedTuple):
    """`key` is a day's number, if it is one; None: there is none. `cost_currency` None: the cost is not known."""

    key: str | int | None
    currency: str
    cost_currency: str | None
    calls: int
    revenue: int
    cost: int


def margins(connection: Connection, by: Dimension, *, since: float, until: float) -> list[Margin]:
    """In the order of their keys. Only calls that were billed: the others brought and cost nothing."""
    summed_since = float(connection.execute(select(watermark.c.summed_since)).scalar_one())
    first = ceil(min(max(since, summed_since), until) / _HOUR_S) * _HOUR_S
    after = int(until // _HOUR_S) * _HOUR_S
    if first >= after:
        sums = _of_records(connection, by, since, until)
    else:
        parts = _parts(connection, by, first, after, days_too=summed_since == 0)
        ends = (_of_records(connection, by, since, first), _of_records(connection, by, after, until))
        sums = chain(_of_parts(connection, by, parts), *ends)
    found: dict[str, Margin] = {}
    for one in sums:
        name = _name(by, one.key)
        found[name] = _added(found.get(name), name, one)
    return [found[name] for name in sorted(found)]


def _parts(connection: Connection, by: Dimension, first: int, after: int, *, days_too: bool) -> list[Select[Any]]:
    """Full hours from the roll-ups; or all days but the other hours, if that is less to read."""
    if by == "day" or not days_too or not _most(connection, first, after):
        return [_part(table, by, table.c.hour >= first, table.c.hour < after) for table in (usage_hours, usage_pending)]
    return [
        *(_part(table, by) for table in (usage_days, usage_pending)),
        *(
            _part(table, by, or_(table.c.hour < first, table.c.hour >= after), sign=-1)
            for table in (usage_hours, usage_pending)
        ),
    ]


def _most(connection: Connection, first: int, after: int) -> bool:
    """Whether there are more hours in the period than out of it and days together."""
    ends = [select(end(usage_hours.c.hour)).scalar_subquery() for end in (func.min, func.max)]
    begin, end = (int(hour or 0) for hour in connection.execute(select(*ends)).one())
    inside = min(after, end) - max(first, begin)
    return (end - begin) * (1 + 1 / _HOURS_OF_A_DAY) < 2 * inside


def _part(table: Table, by: Dimension, *where: ColumnElement[bool], sign: int = 1) -> Select[Any]:
    """Added up by key first, so that names are looked up for fewer rows; by day there would be hardly fewer."""
    if by == "day":
        day = (table.c.hour // _DAY_S).label("day_number")
        return select(day, table.c.key_id, *(table.c[name] for name in _SUMMED)).where(*where)
    sums = ((sign * func.sum(table.c[name])).label(name) for name in _SUMMED)
    return select(table.c.key_id, *sums).where(*where).group_by(table.c.key_id)


def _of_parts(connection: Connection, by: Dimension, parts: list[Select[Any]]) -> Iterator[_Sum]:
    rows = union_all(*parts).subquery("rows")
    names = (
        rows.c.day_number if by == "day" else usage_keys.c[_COLUMNS[by]],
        usage_keys.c.currency,
        usage_keys.c.cost_currency,
    )
    statement = (
        select(*names, *(func.sum(rows.c[name]) for name in _SUMMED))
        .join_from(rows, usage_keys, usage_keys.c.id == rows.c.key_id)
        .where(usage_keys.c.currency != "")
        .group_by(*names)
    )
    for key, currency, cost_currency, count, revenue, cost in connection.execute(statement):
        if count:  # else it was counted, and then taken off
            named = None if key == "" else key
            yield _Sum(named, currency, cost_currency or None, int(count), int(revenue or 0), int(cost or 0))


def _of_records(connection: Connection, by: Dimension, since: float, until: float) -> Iterator[_Sum]:
    if since >= until:
        return
    sqlite = connection.dialect.name == "sqlite"
    key = cast(func.floor(calls.c.at / _DAY_S), BigInteger) if by == "day" else calls.c[_COLUMNS[by]]
    currency, cost_currency = (_member(name, sqlite).label(name) for name in ("currency", "cost_currency"))
    cost = cast(_member("cost_nanos", sqlite), Integer if sqlite else BigInteger)
    statement = (
        select(key.label("key"), currency, cost_currency, func.count(), func.sum(calls.c.amount_nanos), func.sum(cost))
        .where(calls.c.at >= since, calls.c.at < until, _member("usage", sqlite).is_not(None))
        .group_by("key", "currency", "cost_currency")
    )
    for named, billed_in, paid_in, count, revenue, paid in connection.execute(statement):
        yield _Sum(named, billed_in, paid_in, int(count), int(revenue), int(paid or 0))


def _added(before: Margin | None, name: str, one: _Sum) -> Margin:
    revenue, cost = ({}, {}) if before is None else (dict(before.revenue), dict(before.cost))
    revenue[one.currency] = revenue.get(one.currency, 0) + one.revenue
    if one.cost_currency is not None:
        cost[one.cost_currency] = cost.get(one.cost_currency, 0) + one.cost
    without = one.calls if one.cost_currency is None else 0
    return Margin(
        key=name,
        calls=one.calls + (0 if before is None else before.calls),
        calls_without_cost=without + (0 if before is None else before.calls_without_cost),
        revenue=revenue,
        cost=cost,
    )


def _name(by: Dimension, key: object) -> str:
    if by == "day":
        assert isinstance(key, int)
        return f"{datetime.fromtimestamp(key * _DAY_S, UTC):%Y-%m-%d}"
    return "-" if key is None else str(key)


def _member(name: str, sqlite: bool) -> ColumnElement[Any]:
    """A member of the record, which is JSON in a column of text."""
    if sqlite:
        return func.json_extract(calls.c.record, f"$.{name}")
    member: ColumnElement[Any] = cast(calls.c.record, JSONB)[name].astext.cast(Text)
    return member
