"""The orders that a store books, and its answers: hold, extend, post, void; and claims of idempotency keys."""

from typing import Literal

import msgspec

from waystation.wire.catalogue import Period


class Ceiling(msgspec.Struct, frozen=True, gc=False):
    """One account that a hold must fit into.

    A wallet's owner is an organization's id; a budget's owner is the budget's own id, and its account is the window
    of `period` that began at `starts_at` (Unix seconds, 0 for "total").
    """

    kind: Literal["wallet", "budget"]
    owner_id: str
    currency: str
    period: Period = "total"
    starts_at: int = 0


class HoldOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Reserve `amount_nanos` on every ceiling, or on none. Times are Unix seconds."""

    hold_id: str
    token_id: str
    ceilings: tuple[Ceiling, ...]
    amount_nanos: int
    at: float
    expires_at: float


class ExtendOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Raise an open hold to `amount_nanos` in all, on every one of its ceilings or on none.

    An amount that is not above what is held changes nothing, so an order may come twice. `expires_at` (Unix seconds)
    is moved on with it and never back; None leaves it.
    """

    hold_id: str
    amount_nanos: int
    at: float
    expires_at: float | None = None


class Held(msgspec.Struct, frozen=True, gc=False):
    hold_id: str
    amount_nanos: int


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Which ceiling could not cover the hold (None: the sub-token itself is revoked), and what it had left."""

    reason: Literal["wallet", "budget", "no_wallet", "token_revoked"]
    ceiling: Ceiling | None = None
    available_nanos: int = 0
    limit_nanos: int = 0


class PostOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """End a hold by booking what was used. `basis` is the call record's JSON: what the bill rests on.

    `late`: it was written down while the store could not be reached, so its hold may have expired meanwhile. It is
    booked all the same, as far as the hold's accounts still have it, and marked "late".
    """

    hold_id: str
    call_id: str
    amount_nanos: int
    estimated: bool
    marks: tuple[str, ...]
    at: float
    basis: bytes
    late: bool = False


class Posted(msgspec.Struct, frozen=True, gc=False):
    """What was booked. `shortfall_nanos` is the part of the amount that no ceiling could cover any more."""

    hold_id: str
    amount_nanos: int
    shortfall_nanos: int = 0


class ClaimOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Take an idempotency key for a call, before its hold is made.

    `digest` stands for the key and the sub-token that sent it, `input_digest` for what was asked. Times are Unix
    seconds; after `expires_at` nobody remembers.
    """

    digest: bytes
    input_digest: bytes
    call_id: str
    hold_id: str
    at: float
    expires_at: float


class Taken(msgspec.Struct, frozen=True, gc=False):
    """Which call has the key. "open": it is under way, or may be; "done": it was billed, with this amount."""

    call_id: str
    input_digest: bytes
    state: Literal["open", "done"]
    amount_nanos: int = 0
    currency: str = ""
