"""The claim of a call that may come again: whose its idempotency key is, as long as it is remembered."""

from typing import Final

from waystation.relay.call import Call, Repeat
from waystation.wire.booking import ClaimOrder, Taken
from waystation.wire.errors import AnswerGone, IdempotencyConflict, IdempotencyKeyReused, WaystationError
from waystation.wire.money import Money

REMEMBERED_S: Final = 86_400.0  # as long as Stripe does, and longer than any client retries
RETRY_S: Final = 1.0


def claim_of(call: Call, repeat: Repeat, at: float) -> ClaimOrder:
    """For the call's hold, which is made right after `at` (Unix seconds)."""
    return ClaimOrder(
        digest=repeat.digest,
        input_digest=repeat.input_digest,
        call_id=call.call_id,
        hold_id=call.hold_id,
        at=at,
        expires_at=call.at + REMEMBERED_S,
    )


def expect_same(input_digest: bytes, repeat: Repeat, call_id: str) -> None:
    if input_digest != repeat.input_digest:
        raise IdempotencyKeyReused(
            f"This Idempotency-Key came before with another request, which was call {call_id}. Use a new key for each "
            "request, and the same one only to send the same request again."
        )


def conflict(call_id: str) -> IdempotencyConflict:
    return IdempotencyConflict(
        f"The first call with this Idempotency-Key, {call_id}, is still under way.", retry_after_s=RETRY_S
    )


def refusal(taken: Taken) -> WaystationError:
    if taken.state == "open":
        return conflict(taken.call_id)
    bill = Money(taken.amount_nanos, taken.currency)
    return AnswerGone(
        f"This call was answered before, as {taken.call_id}, and cost {bill}. Its answer is not kept here any more. "
        "To ask again, and pay again, send a new Idempotency-Key."
    )
