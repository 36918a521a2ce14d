"""From what happened to the call record."""

from collections.abc import Iterator

from waystation.ledger.budget import utc_offset_s
from waystation.ledger.pricing import cost
from waystation.relay.call import Call
from waystation.relay.tally import Tally
from waystation.wire.errors import CallerError, CallerGone, WaystationError
from waystation.wire.estimate import tokens_of
from waystation.wire.record import Attempt, CallRecord, Outcome
from waystation.wire.usage import Usage


def record_of(call: Call, tally: Tally, failure: BaseException | None) -> CallRecord:
    """The record as of now. What is billed is recorded when it is posted, since the bill rests on it."""
    now = tally.monotonic()
    bill, route = tally.bill, tally.route
    answered_s = None if tally.answered_at is None else tally.answered_at - call.began
    paid = None  # what its upstream asks of us: the price that it had when the call began
    if bill is not None and route is not None:
        paid = call.board.prices.upstream_price(route.upstream.name, route.model, call.at)
    return CallRecord(  # by place: of so many names Python would make a dict each time, which takes a microsecond
        call.call_id,
        call.at,
        call.organization.id,
        call.token.id,
        call.codec.dialect,
        call.ask.model,
        call.ask.stream,
        _outcome(tally, failure),
        200 if failure is None or tally.started else _status(failure),
        failure.public_code if isinstance(failure, WaystationError) else None,
        tally.response_model,
        None if route is None else route.upstream.name,
        tally.key_fingerprint,
        (*_hedged(call, tally), *tally.attempts) if tally.hedged else tally.attempts,
        tally.finish_reasons,
        None if bill is None else bill.usage,
        bill is not None and bill.estimated,
        () if bill is None else bill.marks,
        tally.price,
        None if tally.price is None else tally.price.billed_in,
        0 if bill is None else bill.amount_nanos,
        tally.held_nanos,
        round((now - call.began) * 1000),  # duration_ms
        round((now - call.began - tally.waited_s) * 1_000_000),  # own_time_us
        None if answered_s is None else round(answered_s * 1000),  # time_to_first_chunk_ms
        tally.vendor_dialect,
        tally.losses,
        call.token.project_id,
        call.token.member_id,
        call.department_id,
        call.token.tags,
        None if paid is None or bill is None else cost(bill.usage, paid),
        None if paid is None else paid.currency,
        tally.vendor_request_id,
        None if call.repeat is None else call.repeat.digest[:8].hex(),  # idempotency_key
        utc_offset_s(call.organization.time_zone, call.at),
        tally.model,
    )


def _hedged(call: Call, tally: Tally) -> Iterator[Attempt]:
    """Attempts that were cut off. Nobody says what they cost: the input as of the one that answered; the output too,
    where the vendor goes on after we have hung up.
    """
    usage = Usage(input_tokens=tokens_of(call.ask.weight)) if tally.bill is None else tally.bill.usage
    for route, key_fingerprint, duration_ms in tally.hedged:
        output_tokens = 0 if route.vendor.hang_up_stops_meter else usage.output_tokens
        used = Usage(input_tokens=usage.input_tokens, output_tokens=output_tokens)
        price = call.board.prices.upstream_price(route.upstream.name, route.model, call.at)
        yield Attempt(
            upstream=route.upstream.name,
            key_fingerprint=key_fingerprint,
            model=route.model,
            fault="hedged",
            status=None,
            duration_ms=duration_ms,
            cost_nanos=None if price is None else cost(used, price),
            cost_currency=None if price is None else price.currency,
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
