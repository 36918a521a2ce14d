"""Whether a stream is still covered by what is held for it: the hold grows with the answer, or the answer ends.

A chunk costs an addition and a comparison. No text is more tokens than a quarter of its bytes as `wire.estimate` counts
them, and none arrives without its bytes: so from one look at the bill follows how many bytes may come before the next.
"""

import logging
from typing import Final

import msgspec

from waystation.dialects.codec import StreamReader
from waystation.ledger.hold import refusal
from waystation.ledger.pricing import TOKENS_PER_RATE, ceiling
from waystation.ports import Clock, Store
from waystation.relay.call import Call
from waystation.relay.meter import Meter
from waystation.relay.tally import Tally
from waystation.wire.booking import ExtendOrder, Held, HoldOrder, Refused
from waystation.wire.errors import StoreUnavailable, WaystationError
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard

log = logging.getLogger(__name__)

NEAR_PERCENT: Final = 80  # of what is held: then more is asked for
BYTES_PER_TOKEN: Final = 4
LOOK_BYTES_MIN: Final = 64  # else the steps towards NEAR_PERCENT would become endlessly small
LOOK_BYTES_LOST: Final = 16 * 1024  # while the ledger can't be asked
LOOK_BYTES_MAX: Final = 64 * 1024  # a vendor may count what it does not send, such as hidden thoughts
UNCOVERED_TIMES: Final = 2  # of what is held: how far an answer may go on while the ledger can't be asked

# A hold outlives its call's deadline by this much before the sweeper may take it: settling and the last bytes.
GRACE_S: Final = 120.0


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What a caller had when its answer was cut: what came after is not its to pay."""

    heard: Heard | None
    weight: Weight


NOTHING: Final = Sent(None, Weight())


class Cover(msgspec.Struct):
    """One per hold. `look_at`: how many bytes of the stream may arrive before the next look."""

    store: Store
    clock: Clock
    call: Call
    meter: Meter
    tally: Tally
    order: HoldOrder
    look_at: int
    cornered: bool = False  # no more could be had: the answer may go on to the end of what is held
    lost: bool = False  # nobody could be asked
    cut: Sent | None = None

    async def look(self, reader: StreamReader, arrived: int, sent: Sent) -> None:
        """`sent` is what has gone out; the reader has read on. An answer that is whole is let through.

        Raises: InsufficientQuota if what was read since is not covered and can't be; InvalidToken if the sub-token
        was revoked meanwhile; HoldEnded, StoreUnavailable.
        """
        if reader.finished:
            self.look_at = arrived + LOOK_BYTES_MAX
            return
        owed = self._owed(reader.usage, reader.weight)
        is_near = owed * 100 > self._limit * NEAR_PERCENT
        if owed > self._limit or (is_near and not self.cornered):
            try:
                await self._grow(owed)
            except WaystationError:
                self.cut = sent
                raise
        self.look_at = arrived + self._bytes_before_next(owed)

    @classmethod
    def over(cls, order: HoldOrder, *, store: Store, clock: Clock, call: Call, meter: Meter, tally: Tally) -> "Cover":
        """Of a hold that was just made: its text can't come near the bound before so many bytes have."""
        near = meter.output_ceiling * BYTES_PER_TOKEN * NEAR_PERCENT // 100
        return cls(store, clock, call, meter, tally, order, min(near, LOOK_BYTES_MAX))

    @property
    def _limit(self) -> int:
        return self.tally.held_nanos

    def _owed(self, heard: Heard | None, weight: Weight) -> int:
        """The bill as of now. A count that can't be believed is left out of it: the end will tell."""
        bill = self.meter.bill(heard, weight)
        if "input_implausible" in bill.marks or "output_implausible" in bill.marks:
            return self.meter.bill(None, weight).amount_nanos
        return bill.amount_nanos

    async def _grow(self, owed: int) -> None:
        """Ask for a quarter more than is held or owed; and only if the next bytes wait for it, for what is left."""
        try:
            refused = await self._extend(max(self._limit, owed) * 5 // 4 + 1)
            if refused is not None and owed > self._limit and refused.available_nanos > 0:
                await self._extend(self._limit + refused.available_nanos)
        except StoreUnavailable:
            if owed > self._limit * UNCOVERED_TIMES:
                raise
            self.lost = True
            log.warning("hold not extended", extra={"call_id": self.call.call_id, "owed_nanos": owed})
            return
        self.lost, self.cornered = False, refused is not None
        if refused is not None and owed > self._limit:
            raise self._end(refused, owed)

    async def _extend(self, nanos: int) -> Refused | None:
        """Raises: HoldEnded, StoreUnavailable."""
        call, clock = self.call, self.clock
        answer = await self.store.extend(
            ExtendOrder(
                hold_id=call.hold_id,
                amount_nanos=nanos,
                at=clock.now(),
                expires_at=clock.now() + max(0.0, call.deadline - clock.monotonic()) + GRACE_S,
            )
        )
        if isinstance(answer, Held):
            self.tally.held_nanos = max(self._limit, nanos)
            return None
        return answer

    def _end(self, refused: Refused, owed: int) -> WaystationError:
        call = self.call
        order = msgspec.structs.replace(self.order, amount_nanos=owed)
        error = refusal(refused, order, call.board.payer(call.token))
        return type(error)(f"The answer was cut off: it has come to cost more than there is. {error.message}")

    @property
    def _per_million(self) -> int:
        """Of tokens of output, at their dearest."""
        price, input_tokens = self.meter.price, self.meter.input_ceiling
        most = ceiling(price, input_tokens=input_tokens, output_tokens=TOKENS_PER_RATE)
        return most - ceiling(price, input_tokens=input_tokens, output_tokens=0)

    def _bytes_before_next(self, owed: int) -> int:
        """Where the text alone may bring the bill to where more must be asked for."""
        if self.lost:
            return LOOK_BYTES_LOST
        price = self._per_million
        if price == 0:
            return LOOK_BYTES_MAX
        least, until = (0, self._limit) if self.cornered else (LOOK_BYTES_MIN, self._limit * NEAR_PERCENT // 100)
        room = (until - owed) * TOKENS_PER_RATE // price * BYTES_PER_TOKEN
        return min(max(room, least), LOOK_BYTES_MAX)
