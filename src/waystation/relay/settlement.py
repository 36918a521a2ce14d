"""The money around a call: a ceiling is held on entry; on leaving, what was used is posted, or nothing is."""

from types import TracebackType
from typing import Final

import msgspec

from waystation.ledger.hold import refusal
from waystation.ledger.pricing import ceiling
from waystation.ports import Clock, Store
from waystation.relay.call import Call
from waystation.relay.cover import GRACE_S, Cover
from waystation.relay.meter import Meter
from waystation.relay.recording import record_of
from waystation.relay.tally import Tally
from waystation.wire.booking import HoldOrder, PostOrder, Refused
from waystation.wire.errors import WaystationError

_encode: Final = msgspec.json.Encoder().encode


class Settlement(msgspec.Struct):
    """`async with Settlement(...) as cover`: one hold, ended exactly once, whatever happens inside.

    Entry raises InsufficientQuota or InvalidToken, and then nothing is sent upstream. Leaving raises
    StoreUnavailable if the posting can't be written; the caller must not get the last bytes then.
    """

    store: Store
    clock: Clock
    call: Call
    meter: Meter
    tally: Tally

    async def __aenter__(self) -> Cover:
        call, meter = self.call, self.meter
        price = meter.price
        amount = ceiling(price, input_tokens=meter.input_ceiling, output_tokens=meter.output_ceiling)
        order = HoldOrder(
            hold_id=call.hold_id,
            token_id=call.token.id,
            ceilings=call.board.ceilings(call.token, price.billed_in, call.at),
            amount_nanos=amount,
            at=call.at,
            expires_at=call.at + (call.deadline - call.began) + GRACE_S,
        )
        answer = await self.store.hold(order)
        if isinstance(answer, Refused):
            raise refusal(answer, order, call.board.payer(call.token))
        self.tally.price, self.tally.held_nanos = price, amount
        return Cover.over(order, store=self.store, clock=self.clock, call=call, meter=meter, tally=self.tally)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tally = self.tally
        if tally.delivered is None:  # no answer had begun: nothing is owed
            await self.store.void(self.call.hold_id, at=self.clock.now())
            return
        bill = tally.bill = self.meter.bill(tally.heard, tally.delivered)
        record = record_of(self.call, tally, error)
        order = PostOrder(
            hold_id=self.call.hold_id,
            call_id=self.call.call_id,
            amount_nanos=bill.amount_nanos,
            estimated=bill.estimated,
            marks=bill.marks,
            at=self.clock.now(),
            basis=_encode(record),
        )
        try:
            posted = await self.store.post(order)
        except WaystationError:
            tally.bill = None  # what was not posted is not recorded
            raise
        if posted.shortfall_nanos:
            tally.bill = msgspec.structs.replace(bill, amount_nanos=posted.amount_nanos)
            record = msgspec.structs.replace(record, amount_nanos=posted.amount_nanos)
        tally.record = record
