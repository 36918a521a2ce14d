"""Accounts and postings: the words of the double entry.

An account has what was credited to it, what was debited from it, and what holds keep reserved. Kinds:

- wallet  an organization's money in one currency. It can't be overdrawn.
- budget  one window of a sub-token's budget. Its credit is the budget's amount, its debits follow the postings of its
          sub-token: a count beside the books, not money.
- system  the other side: "revenue" earns what calls cost, "equity" gives opening credits. No limit.
"""

from typing import Final, Literal, NamedTuple

import msgspec

from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Period

AccountKind = Literal["wallet", "budget", "system"]
PostingKind = Literal[
    "opening",
    "topup",
    "gift",
    "gift_expired",
    "usage",
    "estimated",
    "correction",
    "refund",
    "transfer",
    "upstream_cost",
]
HoldState = Literal["open", "posted", "voided", "expired"]

REVENUE: Final = "revenue"
EQUITY: Final = "equity"
CASH: Final = "cash"  # what was paid in, and paid back
GIFTS: Final = "gifts"  # what was given away, less what expired
COSTS: Final = "costs"  # what upstreams ask of us
PAYABLES: Final = "payables"  # and what we owe them for it

# Sums of a few such amounts still fit SQLite's and PostgreSQL's 64 bits. It is 4.6 billion units of a currency.
AMOUNT_MAX: Final = 2**62

# The slack of a budget that only counts. With a budget's largest amount (10**18) it still fits 64 bits.
SOFT: Final = 2**61


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account's totals in nanos. `starts_at` is Unix seconds, and 0 for all but a budget's window."""

    kind: AccountKind
    owner_id: str
    currency: str
    period: Period = "total"
    starts_at: int = 0
    credits_posted: int = 0
    debits_posted: int = 0
    debits_pending: int = 0
    slack: int = 0

    @property
    def available(self) -> int:
        """What a hold may still take. Below zero only where a ceiling was lowered after it was spent."""
        return self.limit - self.debits_posted - self.debits_pending

    @property
    def limit(self) -> int:
        """What there was to take from, when nothing was taken."""
        return self.credits_posted + self.slack

    @property
    def name(self) -> str:
        if self.kind == "system":
            return f"{self.owner_id}:{self.currency}"
        suffix = "" if self.kind == "wallet" else f"/{self.period}/{self.starts_at}"
        return f"{self.kind}/{self.owner_id}:{self.currency}{suffix}"

    def reserve(self, nanos: int) -> "Account":
        return msgspec.structs.replace(self, debits_pending=self.debits_pending + nanos)

    def settle(self, held_nanos: int, booked_nanos: int) -> "Account":
        """What was held is free again, what was booked is gone."""
        return msgspec.structs.replace(
            self,
            debits_pending=self.debits_pending - held_nanos,
            debits_posted=self.debits_posted + booked_nanos,
        )


class Fit(NamedTuple):
    booked_nanos: int
    shortfall_nanos: int


def fit(amount_nanos: int, *, held_nanos: int, spare_nanos: int) -> Fit:
    """How much of an amount can be booked against a hold, when its accounts have `spare_nanos` beside it.

    A bill above its hold takes what is there, and nothing is ever overdrawn: the rest is the shortfall.
    """
    owed = min(amount_nanos, AMOUNT_MAX)
    booked = min(owed, held_nanos + max(spare_nanos, 0))
    return Fit(booked, owed - booked)


def opened_by(ceiling: Ceiling, credit_nanos: int, slack_nanos: int = 0) -> Account:
    """The account that a ceiling names, with nothing spent yet."""
    return Account(
        kind=ceiling.kind,
        owner_id=ceiling.owner_id,
        currency=ceiling.currency,
        period=ceiling.period,
        starts_at=ceiling.starts_at,
        credits_posted=credit_nanos,
        slack=slack_nanos,
    )
