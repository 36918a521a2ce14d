"""A statement: what an account of a customer's began with, what came, what was used, and what is left.

It follows from the postings alone. A call counts where it was booked; a correction counts where it was made.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from waystation.ledger.closing import Closing, Span, counts_at
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

ScopeKind = Literal["organization", "department", "project", "member", "token", "model"]
BUCKETS: Final = tuple(name for name in Usage.__struct_fields__ if name != "service_tier")

_read_basis: Final = msgspec.json.Decoder(CallRecord).decode


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Whose statement. `departments`: a department's own id and those of all below it."""

    kind: ScopeKind = "organization"
    id: str = ""
    name: str = ""
    departments: frozenset[str] = frozenset()

    def covers(self, call: CallRecord) -> bool:
        match self.kind:
            case "organization":
                return True
            case "department":
                return call.department_id in self.departments
            case "model":
                return self.id in (call.request_model, call.model)
            case _:
                return bool(getattr(call, f"{self.kind}_id") == self.id)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One currency's, in nanos; what lowers the balance is negative. `opening` and `closing`: of wallets only.

    `closing` is `opening` and all that stands between, but for transfers, which move budgets and no money.
    """

    currency: str
    opening: int | None = None
    opening_credit: int = 0
    topup: int = 0
    gift: int = 0
    gift_expired: int = 0
    usage: int = 0
    estimated: int = 0
    correction: int = 0
    refund: int = 0
    transfer: int = 0
    closing: int | None = None


class UsageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One model's calls. `tokens` by the buckets of `Usage`; a bucket that nobody told of is left out."""

    model: str
    currency: str
    calls: int = 0
    estimated_calls: int = 0
    tokens: dict[str, int] = {}
    amount_nanos: int = 0
    correction_nanos: int = 0


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """`starts_at` and `ends_at` are Unix seconds; the calendar is that of `time_zone`."""

    organization_id: str
    organization: str
    scope: ScopeKind
    scope_id: str
    scope_name: str
    starts_at: float
    ends_at: float
    time_zone: str
    figures: tuple[Figures, ...]
    lines: tuple[UsageLine, ...]


class Row(NamedTuple):
    """A posting, as far as statements look at it. `wallet`, `budget`: +1 credited, -1 debited, 0 not touched."""

    id: int
    at: float
    kind: str
    amount: int
    currency: str
    basis: bytes | None
    wallet: int
    budget: int


class Book:
    """Adds up postings from `span`'s beginning to now, in any order. `balances`: what is in each wallet now."""

    def __init__(self, scope: Scope, span: Span, closings: Iterable[Closing], balances: dict[str, int]) -> None:
        self._scope = scope
        self._span = span
        self._closings = tuple(closings)
        self._balances = balances
        self._later = dict.fromkeys(balances, 0)
        self._sums: dict[str, dict[str, int]] = {currency: {} for currency in balances}
        self._lines: dict[tuple[str, str], UsageLine] = {}

    def add(self, row: Row) -> CallRecord | None:
        """The call that it bills, if it is in the statement."""
        at = counts_at(row.at, row.id, self._closings)
        if at < self._span.starts_at:
            return None
        if at >= self._span.ends_at:
            self._later[row.currency] = self._later.get(row.currency, 0) + row.wallet * row.amount
            return None
        call = None if row.basis is None else _read_basis(row.basis)
        if not self._belongs(row, call):
            return None
        side = row.budget if row.kind == "transfer" else row.wallet
        self._sum(row, side)
        if call is not None:
            self._count(row, call)
        return call

    def statement(self, *, organization_id: str, organization: str, time_zone: str) -> Statement:
        return Statement(
            organization_id=organization_id,
            organization=organization,
            scope=self._scope.kind,
            scope_id=self._scope.id,
            scope_name=self._scope.name,
            starts_at=self._span.starts_at,
            ends_at=self._span.ends_at,
            time_zone=time_zone,
            figures=tuple(self._figures(currency) for currency in sorted(self._sums)),
            lines=tuple(self._lines[key] for key in sorted(self._lines)),
        )

    def _belongs(self, row: Row, call: CallRecord | None) -> bool:
        """What is no call's is the organization's. A transfer is also theirs whose budgets it moves."""
        if call is None:
            return self._scope.kind == "organization" or row.kind == "transfer"
        return self._scope.covers(call)

    def _sum(self, row: Row, side: int) -> None:
        sums = self._sums.setdefault(row.currency, {})
        kind = "opening_credit" if row.kind == "opening" else row.kind
        sums[kind] = sums.get(kind, 0) + side * row.amount

    def _count(self, row: Row, call: CallRecord) -> None:
        key = (call.public_model, row.currency)
        line = self._lines.get(key) or UsageLine(model=key[0], currency=key[1])
        if row.kind == "correction":
            amount = line.correction_nanos - row.wallet * row.amount
            self._lines[key] = msgspec.structs.replace(line, correction_nanos=amount)
            return
        self._lines[key] = msgspec.structs.replace(
            line,
            calls=line.calls + 1,
            estimated_calls=line.estimated_calls + (row.kind == "estimated"),
            tokens=_added(line.tokens, call.usage),
            amount_nanos=line.amount_nanos + row.amount,
        )

    def _figures(self, currency: str) -> Figures:
        sums = self._sums[currency]
        if self._scope.kind != "organization":
            return Figures(currency=currency, **sums)
        closing = self._balances.get(currency, 0) - self._later.get(currency, 0)
        moved = sum(amount for kind, amount in sums.items() if kind != "transfer")
        return Figures(currency=currency, opening=closing - moved, closing=closing, **sums)


def _added(tokens: dict[str, int], usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return tokens
    told = {bucket: count for bucket in BUCKETS if isinstance(count := getattr(usage, bucket), int) and count}
    return tokens | {bucket: tokens.get(bucket, 0) + count for bucket, count in told.items()}
