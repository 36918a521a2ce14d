"""From what happened to the call record."""

from waystation.ledger.budget import utc_offset_s
from waystation.ledger.pricing import cost
from waystation.relay.call import Call
from waystation.relay.tally import Tally
from waystation.wire.errors import CallerError, CallerGone, WaystationError
from waystation.wire.record import CallRecord, Outcome


def record_of(call: Call, tally: Tally, failure: BaseException | None) -> CallRecord:
    """The record as of now. What is billed is recorded when it is posted, since the bill rests on it."""
    now = tally.monotonic()
    bill, route = tally.bill, tally.route
    answered_s = None if tally.answered_at is None else tally.answered_at - call.began
    paid = None  # what its upstream asks of us: the price that it had when the call began
    if bill is not None and route is not None:
        paid = call.board.prices.upstream_price(route.upstream.name, route.model, call.at)
    return CallRecord(
        call_id=call.call_id,
        at=call.at,
        organization_id=call.organization.id,
        token_id=call.token.id,
        dialect=call.codec.dialect,
        request_model=call.ask.model,
        stream=call.ask.stream,
        outcome=_outcome(tally, failure),
        status=200 if failure is None or tally.started else _status(failure),
        error_code=failure.public_code if isinstance(failure, WaystationError) else None,
        response_model=tally.response_model,
        upstream=None if route is None else route.upstream.name,
        key_fingerprint=tally.key_fingerprint,
        attempts=tally.attempts,
        finish_reasons=tally.finish_reasons,
        usage=None if bill is None else bill.usage,
        estimated=bill is not None and bill.estimated,
        marks=() if bill is None else bill.marks,
        price=tally.price,
        currency=None if tally.price is None else tally.price.billed_in,
        amount_nanos=0 if bill is None else bill.amount_nanos,
        hold_nanos=tally.held_nanos,
        duration_ms=round((now - call.began) * 1000),
        own_time_us=round((now - call.began - tally.waited_s) * 1_000_000),
        vendor_dialect=tally.vendor_dialect,
        losses=tally.losses,
        project_id=call.token.project_id,
        member_id=call.token.member_id,
        department_id=call.department_id,
        tags=call.token.tags,
        cost_nanos=None if paid is None or bill is None else cost(bill.usage, paid),
        cost_currency=None if paid is None else paid.currency,
        vendor_request_id=tally.vendor_request_id,
        idempotency_key=None if call.repeat is None else call.repeat.digest[:8].hex(),
        utc_offset_s=utc_offset_s(call.organization.time_zone, call.at),
        time_to_first_chunk_ms=None if answered_s is None else round(answered_s * 1000),
    )


def _outcome(tally: Tally, failure: BaseException | None) -> Outcome:
    if failure is None:
        return "ok"
    if isinstance(failure, CallerGone):
        return "caller_gone"
    if tally.started and tally.answered_at is not None:
        return "cut"
    return "refused" if isinstance(failure, CallerError) else "failed"


def _status(failure: BaseException) -> int:
    return failure.public_status if isinstance(failure, WaystationError) else 500
