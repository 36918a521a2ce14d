"""A run's report: as text for people, as rows for a table."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from waystation.ledger.reconcile.words import Difference, Tally
from waystation.wire.money import decimal_of

IDS_IN_TEXT: Final = 3
COLUMNS: Final = (
    "number",
    "kind",
    "day",
    "model",
    "key",
    "request_id",
    "amount",
    "currency",
    "message",
    "row_count",
    "rows",
    "call_count",
    "calls",
)


def text(tally: Tally, differences: Iterable[Difference]) -> Iterator[str]:
    """Line by line: every difference, then what was compared."""
    for number, difference in enumerate(differences, start=1):
        yield f"{number}  {difference.kind}  {_place(difference)}: {difference.message}"
        if difference.calls:
            yield f"   calls: {_ids(difference.calls, difference.call_count)}"
    yield f"{tally.rows} rows, {tally.calls} calls, {tally.matched} matched."
    yield f"The bill: {_sums(tally.theirs)}. Our cost: {_sums(tally.ours)}."
    if tally.confirmed:
        yield f"{tally.confirmed} estimates were right, or were put right before."
    if tally.unpriced:
        yield f"note: {tally.unpriced} calls have no upstream price, so their amounts were not compared"
    yield verdict(tally)


def verdict(tally: Tally) -> str:
    count = sum(tally.kinds.values())
    if not count:
        return "The bill agrees."
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(tally.kinds.items()))
    return f"{count} differences: {kinds}."


def row(number: int, difference: Difference) -> tuple[str, ...]:
    """A difference in the order of COLUMNS; rows and calls are separated by spaces."""
    amount = "" if difference.amount_nanos is None else decimal_of(difference.amount_nanos)
    return (
        str(number),
        difference.kind,
        difference.day or "",
        difference.model or "",
        difference.key or "",
        difference.request_id or "",
        amount,
        difference.currency or "",
        difference.message,
        str(difference.row_count),
        " ".join(map(str, difference.rows)),
        str(difference.call_count),
        " ".join(difference.calls),
    )


def as_dict(tally: Tally) -> dict[str, object]:
    """For `--json`: what was compared, and the verdict."""
    return {**msgspec.structs.asdict(tally), "passed": not tally.kinds}


def _place(difference: Difference) -> str:
    parts = (difference.day, difference.model, difference.key, difference.request_id)
    return " ".join(part for part in parts if part) or "somewhere"


def _ids(ids: tuple[str, ...], count: int) -> str:
    shown = ", ".join(ids[:IDS_IN_TEXT])
    return shown if count <= IDS_IN_TEXT else f"{shown} and {count - IDS_IN_TEXT} more"


def _sums(amounts: dict[str, int]) -> str:
    return ", ".join(f"{decimal_of(nanos)} {currency}" for currency, nanos in sorted(amounts.items())) or "no amounts"
