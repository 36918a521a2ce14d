"""The money around a call: a ceiling is held on entry; on leaving, what was used is posted, or nothing is."""

from types import TracebackType
from typing import Final, Self

import msgspec

from waystation.ledger.hold import order_for, refusal
from waystation.ledger.pricing import ceiling
from waystation.ports import Clock, Store
from waystation.relay.call import Call
from waystation.relay.meter import Meter
from waystation.relay.recording import record_of
from waystation.relay.tally import Tally
from waystation.wire.booking import PostOrder, Refused
from waystation.wire.catalogue import Model

_encode: Final = msgspec.json.Encoder().encode

# A hold outlives the call's deadline by this much before the sweeper may take it: settling and the last bytes.
GRACE_S: Final = 120.0


class Settlement:
    """`async with Settlement(...)`: one hold, ended exactly once, whatever happens inside.

    Entry raises InsufficientQuota or InvalidToken, and then nothing is sent upstream. Leaving raises
    StoreUnavailable if the posting can't be written; the caller must not get the last bytes then.
    """

    __slots__ = ("_call", "_clock", "_hold_id", "_meter", "_store", "_tally")

    def __init__(self, store: Store, clock: Clock, call: Call, model: Model, tally: Tally) -> None:
        self._store = store
        self._clock = clock
        self._call = call
        self._tally = tally
        self._meter = Meter(call.ask, len(call.body), model)
        self._hold_id = "hold" + call.call_id.removeprefix("call")

    async def __aenter__(self) -> Self:
        price = self._meter.price
        amount = ceiling(price, input_tokens=self._meter.input_ceiling, output_tokens=self._meter.output_ceiling)
        order = order_for(
            hold_id=self._hold_id,
            token=self._call.token,
            currency=price.currency,
            amount_nanos=amount,
            at=self._call.at,
            expires_at=self._call.at + (self._call.deadline - self._call.began) + GRACE_S,
        )
        answer = await self._store.hold(order)
        if isinstance(answer, Refused):
            raise refusal(answer, order, token=self._call.token, organization=self._call.organization)
        self._tally.price, self._tally.held_nanos = price, amount
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tally.delivered is None:  # no answer had begun: nothing is owed
            await self._store.void(self._hold_id, at=self._clock.now())
            return
        bill = self._tally.bill = self._meter.bill(self._tally.heard, self._tally.delivered)
        record = record_of(self._call, self._tally, error)
        posted = await self._store.post(
            PostOrder(
                hold_id=self._hold_id,
                amount_nanos=bill.amount_nanos,
                estimated=bill.estimated,
                marks=bill.marks,
                at=self._clock.now(),
                basis=_encode(record),
            )
        )
        if posted.shortfall_nanos:
            record = msgspec.structs.replace(record, amount_nanos=posted.amount_nanos)
        self._tally.record = record
