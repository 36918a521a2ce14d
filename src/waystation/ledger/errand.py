"""What a person has booked by hand: the errands, and what came of one.

Each is one booking between two accounts, drawn in docs/operate/accounts.md:

- TopUp       cash -> wallet     money was paid in
- Gift        gifts -> wallet    credit that is used first, and taken back when it expires
- Refund      wallet -> cash     money paid back: never more than is there, never what was a gift
- Transfer    budget -> budget   between open windows of one organization and currency
- Correction  as its posting, or the other way round: what it should have been
- CreditLine  no posting: how far a wallet may go below zero
"""

from hashlib import sha256
from typing import Final

import msgspec

KEY_MAX: Final = 255


class Memo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who had it booked, why, and the number of a receipt or an order elsewhere."""

    by: str = ""
    reason: str = ""
    reference: str = ""


class TopUp(msgspec.Struct, frozen=True, kw_only=True, tag="topup"):
    organization_id: str
    amount_nanos: int
    currency: str
    memo: Memo = Memo()


class Gift(msgspec.Struct, frozen=True, kw_only=True, tag="gift"):
    """`expires_at` is Unix seconds, None: never."""

    organization_id: str
    amount_nanos: int
    currency: str
    expires_at: float | None = None
    memo: Memo = Memo()


class Refund(msgspec.Struct, frozen=True, kw_only=True, tag="refund"):
    organization_id: str
    amount_nanos: int
    currency: str
    memo: Memo = Memo()


class Transfer(msgspec.Struct, frozen=True, kw_only=True, tag="transfer"):
    """From one budget's open window to another's, by their ids."""

    organization_id: str
    from_budget: str
    to_budget: str
    amount_nanos: int
    memo: Memo = Memo()


class Correction(msgspec.Struct, frozen=True, kw_only=True, tag="correction"):
    """`due_nanos`: what the posting should have come to in all. What was corrected before counts."""

    organization_id: str
    posting_id: int
    due_nanos: int
    memo: Memo = Memo()


class CreditLine(msgspec.Struct, frozen=True, kw_only=True, tag="credit_line"):
    organization_id: str
    amount_nanos: int
    currency: str
    memo: Memo = Memo()


Errand = TopUp | Gift | Refund | Transfer | Correction | CreditLine


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an errand. `posting_id` None: nothing had to be booked.

    `available_nanos` is what a call may take from the account that it was about afterwards: the wallet, or the budget
    that gave.
    """

    posting_id: int | None
    kind: str
    amount_nanos: int
    currency: str
    available_nanos: int


def digest(errand: Errand) -> bytes:
    """The same for the same errand only."""
    return sha256(msgspec.json.encode(errand)).digest()


class Sides(msgspec.Struct, frozen=True):
    """Where a correction goes from and to, and how much."""

    debit_account: int
    credit_account: int
    amount_nanos: int


def sides(due_nanos: int, *, booked_nanos: int, debit_account: int, credit_account: int) -> Sides:
    """What more is due goes the way of the posting that is corrected, what is due less comes back."""
    difference = due_nanos - booked_nanos
    if difference < 0:
        return Sides(credit_account, debit_account, -difference)
    return Sides(debit_account, credit_account, difference)
