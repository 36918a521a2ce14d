"""Usage by any dimensions over time, from the roll-ups."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Column, Connection, Select, Table, func, literal, select, union_all

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.rollup import DURATIONS, DURATIONS_MS
from waystation.adapters.sql.spans import Grain, Span, period_before, spans
from waystation.adapters.sql.tables.calls import usage_days, usage_hours, usage_keys, usage_pending
from waystation.wire.errors import Misconfigured

Dimension = Literal[
    "organization_id",
    "department_id",
    "project_id",
    "member_id",
    "token_id",
    "request_model",
    "upstream",
    "dialect",
    "outcome",
]
Order = Literal["calls", "tokens", "amount", "cost"]

ROWS_MAX: Final = 200_000
PLAIN: Final = (
    "calls",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_output_tokens",
    "estimated",
)
_MONEY: Final = ("currency", "cost_currency")

# PostgreSQL's default is four, as of disks that turn: it would read everybody's hours rather than look one
# organization's up. Sums are in memory, or on a disk that finds any page alike.
_ANY_PAGE_ALIKE: Final = "SET LOCAL random_page_cost = 1.1"


class UsageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` to `until`, in Unix seconds; `grain` None: in one sum. `zone`: see `spans`; an IANA name.

    `where`: a dimension and one of the values that it may have; several of one dimension are any of them.
    `durations`: whether percentiles are wanted too. `top`: no more rows than so many of each time, by `order`.
    """

    since: float
    until: float
    by: tuple[Dimension, ...] = ()
    grain: Grain | None = None
    zone: str | None = None
    where: tuple[tuple[Dimension, str], ...] = ()
    durations: bool = False
    top: int | None = None
    order: Order = "calls"


class UsageRow(msgspec.Struct, kw_only=True):
    """`at` is the time's beginning on the zone's clock, as if that were UTC's; 0 without a grain. `key`: as in `by`.

    Money is in nano-units by currency: amounts are what callers paid, costs what upstreams ask.
    """

    at: int
    key: tuple[str, ...]
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    reasoning_output_tokens: int = 0
    estimated: int = 0
    amounts: dict[str, int] = msgspec.field(default_factory=dict)
    costs: dict[str, int] = msgspec.field(default_factory=dict)
    p50_ms: int | None = None
    p95_ms: int | None = None
    first_chunk_ms: int | None = None  # on average, of those that sent one


def usage(database: Database, query: UsageQuery) -> list[UsageRow]:
    """In the order of time; within one time by `order`, the most first. Raises: Misconfigured if it is too much."""
    with database.reading() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(_ANY_PAGE_ALIKE)
        rows = _rows(connection, query)
    return _ordered(rows, query)


def usage_before(database: Database, query: UsageQuery) -> list[UsageRow]:
    """The same for the period before, without a grain and without a limit: to compare with."""
    since, until = period_before(query.since, query.until, _zone(query))
    return usage(database, msgspec.structs.replace(query, since=since, until=until, grain=None, top=None))


def _rows(connection: Connection, query: UsageQuery) -> list[UsageRow]:
    found: dict[tuple[int, tuple[str, ...]], UsageRow] = {}
    durations: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(lambda: [0] * (len(DURATIONS) + 2))
    width = len(query.by)
    for number, row in enumerate(connection.execute(_statement(query))):
        if number >= ROWS_MAX:
            raise Misconfigured(f"that are more than {ROWS_MAX} rows: ask for less time, or by less")
        place = (int(row[0]), tuple(row[1 : 1 + width]))
        total = found.setdefault(place, UsageRow(at=place[0], key=place[1]))
        currency, cost_currency, *sums = row[1 + width :]
        _add(total, currency, cost_currency, [int(value or 0) for value in sums])
        if query.durations:
            own = durations[place]
            own[:] = [each + int(more or 0) for each, more in zip(own, sums[len(PLAIN) + 2 :], strict=True)]
    for place, counts in durations.items():
        _tell_durations(found[place], counts)
    return list(found.values())


def _add(total: UsageRow, currency: str, cost_currency: str, sums: Sequence[int]) -> None:
    for name, value in zip(PLAIN, sums, strict=False):
        setattr(total, name, getattr(total, name) + value)
    amount, cost = sums[len(PLAIN) : len(PLAIN) + 2]
    if amount:
        total.amounts[currency] = total.amounts.get(currency, 0) + amount
    if cost:
        total.costs[cost_currency] = total.costs.get(cost_currency, 0) + cost


def _tell_durations(row: UsageRow, counts: Sequence[int]) -> None:
    chunks, chunk_ms, *buckets = counts
    row.p50_ms, row.p95_ms = percentile(buckets, 0.5), percentile(buckets, 0.95)
    row.first_chunk_ms = round(chunk_ms / chunks) if chunks else None


def percentile(buckets: Sequence[int], share: float) -> int | None:
    """So many of the calls lasted no longer, in milliseconds: as if they were spread evenly within a bucket.

    What lasted longer than the last bound is taken for twice it. None without calls.
    """
    rest = sum(buckets) * share
    if rest <= 0:
        return None
    bounds = (0, *DURATIONS_MS, 2 * DURATIONS_MS[-1])
    for number, count in enumerate(buckets):
        if count and rest <= count:
            return round(bounds[number] + (bounds[number + 1] - bounds[number]) * rest / count)
        rest -= count
    return bounds[-1]


def _ordered(rows: list[UsageRow], query: UsageQuery) -> list[UsageRow]:
    rows.sort(key=lambda row: (row.at, -_weight(row, query.order), row.key))
    if query.top is None:
        return rows
    kept: list[UsageRow] = []
    seen: dict[int, int] = defaultdict(int)
    for row in rows:
        seen[row.at] += 1
        if seen[row.at] <= query.top:
            kept.append(row)
    return kept


def _weight(row: UsageRow, order: Order) -> int:
    if order == "calls":
        return row.calls
    if order == "tokens":
        return row.input_tokens + row.output_tokens
    money = row.amounts if order == "amount" else row.costs
    if len(money) > 1:
        raise Misconfigured(f"{' and '.join(sorted(money))} can't be put into one order: ask for one organization")
    return sum(money.values())


def _statement(query: UsageQuery) -> Select[Any]:
    durations = ("first_chunks", "first_chunk_ms", *DURATIONS) if query.durations else ()
    wanted = (*PLAIN, "amount_nanos", "cost_nanos", *durations)
    parts = [
        part
        for span in spans(query.since, query.until, query.grain, _zone(query))
        for part in _parts(span, query, wanted)
    ]
    rows = union_all(*parts).subquery("rows")
    names = [usage_keys.c[name] for name in (*query.by, *_MONEY)]
    sums = [func.sum(rows.c[name]) for name in wanted]
    return (
        select(rows.c.bucket, *names, *sums)
        .join_from(rows, usage_keys, usage_keys.c.id == rows.c.key_id)
        .group_by(rows.c.bucket, *names)
    )


def _parts(span: Span, query: UsageQuery, wanted: Sequence[str]) -> list[Select[Any]]:
    """A span's rows of the roll-up, and what is pending for it."""
    table, time = (usage_hours, "hour") if span.source == "hours" else (usage_days, "day")
    return [_part(each, each.c[time], span, query, wanted) for each in (table, usage_pending)]


def _part(table: Table, time: Column[int], span: Span, query: UsageQuery, wanted: Sequence[str]) -> Select[Any]:
    """What is listed at one moment is added up by key first: names are looked up and sorted for fewer rows."""
    if span.at is None:
        moment = (time + span.shift) // span.grain * span.grain
        part = select(moment.label("bucket"), table.c.key_id, *(table.c[name] for name in wanted))
    else:
        sums = (func.sum(table.c[name]).label(name) for name in wanted)
        part = select(literal(span.at).label("bucket"), table.c.key_id, *sums).group_by(table.c.key_id)
    part = part.where(time >= span.since, time < span.until)
    return part.where(table.c.key_id.in_(_keys(query))) if query.where else part


def _keys(query: UsageQuery) -> Select[Any]:
    allowed: dict[str, list[str]] = defaultdict(list)
    for name, value in query.where:
        allowed[name].append(value)
    return select(usage_keys.c.id).where(*(usage_keys.c[name].in_(values) for name, values in allowed.items()))


def _zone(query: UsageQuery) -> ZoneInfo | None:
    return None if query.zone is None else ZoneInfo(query.zone)
