"""What calls brought and what they cost us, summed from their records."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from waystation.adapters.sql.tables.calls import calls

Dimension = Literal["model", "upstream", "organization", "day"]

_DAY_S = 86_400


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


def margins(connection: Connection, by: Dimension, *, since: float, until: float) -> list[Margin]:
    """In the order of their keys. Only calls that were billed: the others brought and cost nothing."""
    sqlite = connection.dialect.name == "sqlite"
    key, currency, cost_currency = _key(by), _member("currency", sqlite), _member("cost_currency", sqlite)
    cost = cast(_member("cost_nanos", sqlite), Integer if sqlite else BigInteger)
    statement = (
        select(
            key.label("key"),
            currency.label("currency"),
            cost_currency.label("cost_currency"),
            func.count().label("calls"),
            func.sum(calls.c.amount_nanos).label("revenue"),
            func.sum(cost).label("cost"),
        )
        .where(calls.c.at >= since, calls.c.at < until, _member("usage", sqlite).is_not(None))
        .group_by("key", "currency", "cost_currency")
        .order_by("key")
    )
    found: dict[str, Margin] = {}
    for row in connection.execute(statement):
        name = _name(by, row.key)
        found[name] = _added(found.get(name), name, row)
    return list(found.values())


def _added(before: Margin | None, name: str, row: Row[Any]) -> Margin:
    revenue, cost = ({}, {}) if before is None else (dict(before.revenue), dict(before.cost))
    revenue[row.currency] = revenue.get(row.currency, 0) + int(row.revenue)
    if row.cost_currency is not None:
        cost[row.cost_currency] = cost.get(row.cost_currency, 0) + int(row.cost)
    without = row.calls if row.cost_currency is None else 0
    return Margin(
        key=name,
        calls=row.calls + (0 if before is None else before.calls),
        calls_without_cost=without + (0 if before is None else before.calls_without_cost),
        revenue=revenue,
        cost=cost,
    )


def _key(by: Dimension) -> ColumnElement[Any]:
    if by == "day":
        return cast(func.floor(calls.c.at / _DAY_S), BigInteger)
    return {"model": calls.c.request_model, "upstream": calls.c.upstream, "organization": calls.c.organization_id}[by]


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
