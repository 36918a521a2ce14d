"""One side's sums against the other's: tokens, then the currency, then the amount. The first that differs is told."""

from collections.abc import Iterable
from typing import Final

import msgspec

from waystation.ledger.reconcile.words import BUCKETS, SHOWN, SILENT, Difference, Line, OurCall, Terms, Tokens
from waystation.wire.money import decimal_of
from waystation.wire.usage import COUNT_MAX, Usage

_MIXED: Final = "several currencies"


class Sum(msgspec.Struct, kw_only=True):
    """What some rows, or some calls, come to. `told` of `count` said their amount; `names` are the first of them."""

    count: int = 0
    calls: int | None = None
    tokens: Tokens = SILENT
    amount_nanos: int = 0
    told: int = 0
    currency: str | None = None
    estimated: int = 0
    corrected: int = 0
    names: list[int] | list[str] = []

    def add_line(self, line: Line) -> None:
        self._add(line.number, line.tokens, line.amount_nanos, line.currency)
        if line.calls is not None:
            self.calls = (self.calls or 0) + line.calls

    def add_call(self, call: OurCall) -> None:
        self._add(call.call_id, call.tokens, call.amount_nanos, call.currency)
        self.calls = self.count
        self.estimated += call.estimated
        self.corrected += call.corrected

    def _add(self, name: int | str, tokens: Tokens, amount_nanos: int | None, currency: str | None) -> None:
        self.count += 1
        self.tokens = added(self.tokens, tokens)
        if len(self.names) < SHOWN:
            self.names.append(name)  # type: ignore[arg-type]
        if amount_nanos is not None:
            self.told += 1
            self.amount_nanos += amount_nanos
            self.currency = currency if self.currency in {None, currency} else _MIXED


def of_lines(lines: Iterable[Line]) -> Sum:
    total = Sum()
    for line in lines:
        total.add_line(line)
    return total


def of_calls(calls: Iterable[OurCall]) -> Sum:
    total = Sum()
    for call in calls:
        total.add_call(call)
    return total


def added(left: Tokens, right: Tokens) -> Tokens:
    first, second, third, fourth = (
        one if other is None else other if one is None else one + other for one, other in zip(left, right, strict=True)
    )
    return first, second, third, fourth


def gaps(bill: Tokens, ours: Tokens) -> Tokens:
    """Per bucket what the bill has more than we do; None where the bill does not say. What we did not hear of is 0."""
    first, second, third, fourth = (
        None if theirs is None else theirs - (mine or 0) for theirs, mine in zip(bill, ours, strict=True)
    )
    return first, second, third, fourth


def differ(gap: Tokens, terms: Terms) -> bool:
    return any(count is not None and abs(count) > terms.tokens for count in gap)


def tokens_told(bill: Tokens, ours: Tokens, terms: Terms) -> str:
    """Which bucket differs, and by how much."""
    told = [
        f"{name}: the bill has {theirs}, we have {0 if mine is None else mine}"
        for name, theirs, mine in zip(BUCKETS, bill, ours, strict=True)
        if theirs is not None and abs(theirs - (mine or 0)) > terms.tokens
    ]
    return "; ".join(told)


def money_difference(bill: Sum, ours: Sum, terms: Terms) -> Difference | None:
    """Where the tokens agree: another currency, or another price. None also if either does not know its amount."""
    if not bill.told or not ours.told:
        return None
    if bill.currency != ours.currency:
        return Difference(
            kind="currency_differs",
            message=f"the bill is in {bill.currency}, our cost in {ours.currency}",
            currency=bill.currency,
        )
    gap = bill.amount_nanos - ours.amount_nanos
    if ours.told < ours.count or abs(gap) <= terms.amount_nanos:
        return None
    return Difference(
        kind="amount_differs",
        message=f"the bill has {decimal_of(bill.amount_nanos)}, we have {decimal_of(ours.amount_nanos)}"
        f" {ours.currency}, though the tokens agree: another price",
        amount_nanos=gap,
        currency=ours.currency,
    )


def real_usage(bill: Tokens) -> Usage | None:
    """What a call used, by its row; None if that leaves out input or output, or cannot be."""
    whole_in, whole_out, read, creation = bill
    if whole_in is None or whole_out is None:
        return None
    if not all(0 <= (count or 0) <= COUNT_MAX for count in bill) or (read or 0) + (creation or 0) > whole_in:
        return None
    return Usage(
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=creation,
    )


def with_places(difference: Difference, bill: Sum | None, ours: Sum | None, **places: str | None) -> Difference:
    """The difference, with where it stands: day, model, key, request id, and the rows and calls behind it."""
    return msgspec.structs.replace(
        difference,
        rows=() if bill is None else tuple(bill.names),
        calls=() if ours is None else tuple(ours.names),
        row_count=0 if bill is None else bill.count,
        call_count=0 if ours is None else ours.count,
        **places,
    )
