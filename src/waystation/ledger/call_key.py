"""Who has an idempotency key. No state is kept with it: it follows from what became of its call's hold."""

from typing import Final, Literal

import msgspec

from waystation.wire.booking import ClaimOrder, Taken

# Between the claim and its hold lies one booking: after this long, the process that claimed is dead.
UNHELD_S: Final = 30.0
EXPIRED_AT_ONCE: Final = 100  # claims that each new one may sweep

Fate = Literal["posted", "released", "held", "none"]


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A claim as it is stored, and the fate of its hold ("none": there never was one). The amount is its posting's."""

    input_digest: bytes
    call_id: str
    at: float
    expires_at: float
    fate: Fate
    amount_nanos: int = 0
    currency: str = ""


def taken(known: Claimed | None, order: ClaimOrder) -> Taken | None:
    """What a claim is answered with; None: the key is free, or the order's own call has it already."""
    if known is None or known.call_id == order.call_id or known.expires_at <= order.at:
        return None
    match known.fate:
        case "posted":
            return Taken(known.call_id, known.input_digest, "done", known.amount_nanos, known.currency)
        case "held":
            return Taken(known.call_id, known.input_digest, "open")
        case "none" if order.at - known.at < UNHELD_S:
            return Taken(known.call_id, known.input_digest, "open")
        case _:
            return None
