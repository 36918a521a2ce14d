"""Gift credit in lots. The wallet is one account; its lots say how much of what is in it was given, and until when.

What a wallet's calls take, they take from its lots first, from the one that expires soonest. So a lot needs no part in
a call's booking: how much is left of it follows from what the wallet was debited since.
"""

from math import inf

import msgspec


class Lot(msgspec.Struct, frozen=True):
    """`posting_id` is the gift's. `expires_at` is Unix seconds, None: never."""

    posting_id: int
    remaining: int
    expires_at: float | None = None

    @property
    def order(self) -> tuple[float, int]:
        return (inf if self.expires_at is None else self.expires_at, self.posting_id)


def consume(lots: tuple[Lot, ...], nanos: int) -> tuple[Lot, ...]:
    """The lots after so much was debited, soonest to expire first. What they can't cover is not theirs to pay."""
    left = []
    for lot in sorted(lots, key=lambda one: one.order):
        taken = min(lot.remaining, nanos)
        nanos -= taken
        left.append(msgspec.structs.replace(lot, remaining=lot.remaining - taken))
    return tuple(left)


def lapsed(lots: tuple[Lot, ...], at: float, spare_nanos: int) -> tuple[tuple[Lot, int], ...]:
    """What of each lot is to be taken back at that time: what is left of it, as far as the wallet has it to spare.

    What a hold keeps is left alone: its call may still use it, and whatever it doesn't is taken back later.
    """
    taken = []
    for lot in sorted(lots, key=lambda one: one.order):
        if lot.expires_at is None or lot.expires_at > at:
            continue
        amount = min(lot.remaining, max(spare_nanos, 0))
        spare_nanos -= amount
        if amount:
            taken.append((lot, amount))
    return tuple(taken)


def given(lots: tuple[Lot, ...]) -> int:
    """How much of the wallet is gift credit."""
    return sum(lot.remaining for lot in lots)
