"""The call record: one row per call, never any text."""

from typing import Final, Literal

import msgspec

from waystation.wire.loss import Loss
from waystation.wire.price import Price
from waystation.wire.usage import Usage

Outcome = Literal["ok", "refused", "caller_gone", "failed", "cut"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One try at one upstream. `fault` is None for the one that answered, the last.

    "hedged": it was cut off since another one was answered first; then `cost_nanos` is what its upstream may ask of us
    for it, an estimate in `cost_currency`, which is in no other sum.
    """

    upstream: str
    key_fingerprint: str
    model: str
    fault: str | None
    status: int | None
    duration_ms: int
    cost_nanos: int | None = None
    cost_currency: str | None = None


class CallRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A call's facts.

    `at` is Unix seconds; `own_time_us` is what the gateway itself took, upstream waits left out;
    `outcome`: ok · refused (a 4xx of ours or the vendor's) · caller_gone · failed (nothing was delivered) ·
    cut (failed after the first byte). Money is in nano-units of `currency`. `dialect` is the caller's,
    `vendor_dialect` what the upstream was asked in; `losses` is what could not be said in it. `department_id` is the
    nearest department above the token when the call began. `cost_nanos` is what the upstream asks of us for it, None
    if we know no such price; `vendor_request_id` is the vendor's own name for the answer. `idempotency_key` is the
    beginning of its digest, never the key. `utc_offset_s` is how far the organization's clock was ahead of UTC's when
    the call began: it tells the day that the call belongs to. `model`: the public model that it was held for, if that
    has another name than the one that was asked, which is `request_model`: by an alias, a pattern, or as a fallback.
    """

    call_id: str
    at: float
    organization_id: str
    token_id: str
    dialect: str
    request_model: str
    stream: bool
    outcome: Outcome
    status: int
    error_code: str | None = None
    response_model: str | None = None
    upstream: str | None = None
    key_fingerprint: str | None = None
    attempts: tuple[Attempt, ...] = ()
    finish_reasons: tuple[str, ...] = ()
    usage: Usage | None = None
    estimated: bool = False
    marks: tuple[str, ...] = ()
    price: Price | None = None
    currency: str | None = None
    amount_nanos: int = 0
    hold_nanos: int = 0
    duration_ms: int = 0
    own_time_us: int = 0
    time_to_first_chunk_ms: int | None = None
    vendor_dialect: str | None = None
    losses: tuple[Loss, ...] = ()
    project_id: str | None = None
    member_id: str | None = None
    department_id: str | None = None
    tags: tuple[str, ...] = ()
    cost_nanos: int | None = None
    cost_currency: str | None = None
    vendor_request_id: str | None = None
    idempotency_key: str | None = None
    utc_offset_s: int = 0
    model: str | None = None

    @property
    def public_model(self) -> str:
        """The one whose price it was held and billed for."""
        return self.model or self.request_model


Written = tuple[CallRecord, bytes]  # a record, and its JSON

_encode: Final = msgspec.json.Encoder().encode


def written(record: CallRecord) -> Written:
    return record, _encode(record)
