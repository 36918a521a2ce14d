"""The money around a call: a ceiling is held on entry; on leaving, what was used is posted, or nothing is."""

from types import TracebackType
from typing import Final, Self

import msgspec

from waystation.ledger.hold import refusal
from waystation.ports import Clock, Store
from waystation.relay.call import Call
from waystation.relay.cover import GRACE_S, Cover
from waystation.relay.meter import Meter
from waystation.relay.offer import Offer
from waystation.relay.recording import record_of
from waystation.relay.tally import Tally
from waystation.wire.booking import HoldOrder, PostOrder, Refused
from waystation.wire.errors import WaystationError

_encode: Final = msgspec.json.Encoder().encode


class Settlement(msgspec.Struct):
    """`async with Settlement(...)`: one hold, ended exactly once, whatever happens inside. `order` is the hold's.

    Entry raises InsufficientQuota or InvalidToken, and then nothing is sent upstream. Leaving raises
    StoreUnavailable if the posting can't be written; the caller must not get the last bytes then.
    """

    store: Store
    clock: Clock
    call: Call
    offer: Offer
    meter: Meter
    tally: Tally
    order: HoldOrder | None = None

    async def __aenter__(self) -> Self:
        call, offer, meter = self.call, self.offer, self.meter
        amount = offer.tariff.ceiling(meter.input_ceiling, meter.output_ceiling)
        order = self.order = HoldOrder(
            hold_id=call.hold_id,
            token_id=call.token.id,
            ceilings=offer.accounts,
            amount_nanos=amount,
            at=call.at,
            expires_at=call.at + (call.deadline - call.began) + GRACE_S,
        )
        answer = await self.store.hold(order)
        if isinstance(answer, Refused):
            raise refusal(answer, order, call.board.payer(call.token))
        self.tally.price, self.tally.held_nanos = offer.tariff.price, amount
        model = offer.served.model.name
        if model != call.ask.model:
            self.tally.model = model
        return self

    def cover(self) -> Cover:
        """Of the hold, for a stream."""
        assert self.order is not None
        return Cover.over(
            self.order, store=self.store, clock=self.clock, call=self.call, meter=self.meter, tally=self.tally
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        tally = self.tally
        if tally.delivered is None:  # no answer had begun: nothing is owed
            await self.store.void(self.call.hold_id, at=self.clock.now())
            return
        bill = tally.bill = self.meter.bill(tally.heard, tally.delivered)
        record = record_of(self.call, tally, error)
        tally.basis = _encode(record)
        order = PostOrder(
            hold_id=self.call.hold_id,
            call_id=self.call.call_id,
            amount_nanos=bill.amount_nanos,
            estimated=bill.estimated,
            marks=bill.marks,
            at=self.clock.now(),
            basis=tally.basis,
        )
        try:
            posted = await self.store.post(order)
        except WaystationError:
            tally.bill = None  # what was not posted is not recorded
            raise
        if posted.shortfall_nanos:
            tally.bill = msgspec.structs.replace(bill, amount_nanos=posted.amount_nanos)
            record, tally.basis = msgspec.structs.replace(record, amount_nanos=posted.amount_nanos), None
        tally.record = record
