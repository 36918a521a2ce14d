"""A statement as tables: what goes into its files, whatever their form."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from waystation.ledger.statement import BUCKETS, Figures, Row, Statement, UsageLine
from waystation.wire.record import CallRecord


class Amount(NamedTuple):
    """Money in a table, in nanos of the currency that stands beside it."""

    nanos: int


Cell = str | int | Amount

# In the order in which they are read: each changes the balance but `transfer`, which moves budgets.
_FIGURES: Final = (
    "opening",
    "opening_credit",
    "topup",
    "gift",
    "gift_expired",
    "usage",
    "estimated",
    "correction",
    "refund",
    "transfer",
    "closing",
)
FACTS_HEAD: Final = ("organization", "scope", "name", "from", "until", "time_zone")
FIGURES_HEAD: Final = ("item", "currency", "amount")
LINES_HEAD: Final = (
    "model",
    "currency",
    "calls",
    "estimated_calls",
    *BUCKETS,
    "amount",
    "corrections",
)
CALLS_HEAD: Final = (
    "booked_at",
    "kind",
    "posting",
    "call_id",
    "model",
    "token_id",
    "member_id",
    "project_id",
    "department_id",
    *BUCKETS,
    "currency",
    "amount",
)


def facts(statement: Statement) -> tuple[Cell, ...]:
    """Whose statement it is, and of when."""
    zone = ZoneInfo(statement.time_zone)
    starts, ends = (datetime.fromtimestamp(at, zone).isoformat() for at in (statement.starts_at, statement.ends_at))
    name = statement.scope_name or statement.organization
    return (statement.organization, statement.scope, name, starts, ends, statement.time_zone)


def figures(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    """What stands for nothing is left out, but for opening and closing."""
    for one in statement.figures:
        for item in _FIGURES:
            nanos = getattr(one, item)
            if nanos or (nanos == 0 and item in {"opening", "closing"} and _has_balance(one)):
                yield (item, one.currency, Amount(nanos))


def lines(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    for line in statement.lines:
        yield (
            line.model,
            line.currency,
            line.calls,
            line.estimated_calls,
            *_counts(line),
            Amount(line.amount_nanos),
            Amount(line.correction_nanos),
        )


def call_row(row: Row, call: CallRecord, zone: ZoneInfo) -> tuple[Cell, ...]:
    """One booking of a call; what lowers the balance is positive here, as on a bill."""
    counts = (0 if call.usage is None else getattr(call.usage, name) or 0 for name in BUCKETS)
    told = row.kind != "correction"  # the tokens stand with the bill that is corrected
    return (
        datetime.fromtimestamp(row.at, zone).isoformat(timespec="milliseconds"),
        row.kind,
        row.id,
        call.call_id,
        call.request_model,
        call.token_id,
        call.member_id or "",
        call.project_id or "",
        call.department_id or "",
        *(count if told else 0 for count in counts),
        row.currency,
        Amount(-row.wallet * row.amount),
    )


def _has_balance(one: Figures) -> bool:
    return one.opening is not None


def _counts(line: UsageLine) -> Iterator[int]:
    return (line.tokens.get(name, 0) for name in BUCKETS)
