"""The way through: one coroutine, one direction."""

import logging
from collections.abc import Callable
from typing import Never

from waystation.ports import Clock, Pass, Store
from waystation.relay.attempt import Answer, PlainAnswer, StreamAnswer
from waystation.relay.call import Call, Reply
from waystation.relay.conversations import Conversations
from waystation.relay.cover import Cover
from waystation.relay.deliver import deliver, see_off
from waystation.relay.door import Door, used_tokens
from waystation.relay.failover import Failover
from waystation.relay.fallback import Fallback
from waystation.relay.hedge import Hedge, hedge_s
from waystation.relay.learning import learn
from waystation.relay.meter import Meter
from waystation.relay.planning import planned
from waystation.relay.recording import record_of
from waystation.relay.settlement import Settlement
from waystation.relay.tally import Tally
from waystation.relay.way import way_of
from waystation.wire.errors import NoRoute, StoreUnavailable, WaystationError
from waystation.wire.record import CallRecord

log = logging.getLogger(__name__)


class Relay:
    """Calls, on their way. `observe` sees every call record, `lose` each that could not be kept: for metrics."""

    __slots__ = ("_clock", "_conversations", "_door", "_failover", "_fallback", "_hedge", "_lose", "_observe", "_store")

    def __init__(
        self,
        store: Store,
        failover: Failover,
        door: Door,
        clock: Clock,
        observe: Callable[[CallRecord], None],
        lose: Callable[[CallRecord], None],
    ) -> None:
        self._store = store
        self._conversations = Conversations(store)
        self._failover = failover
        self._hedge = Hedge(failover)
        self._fallback = Fallback(store, clock)
        self._door = door
        self._clock = clock
        self._observe = observe
        self._lose = lose

    async def run(self, call: Call, reply: Reply) -> None:
        """Answer the call through `reply`, and leave one call record.

        Raises: WaystationError, for the gateway to put into the caller's dialect; what is owed is posted by then.
        """
        tally = Tally(self._clock.monotonic)
        failure: BaseException | None = None
        entry: Pass | None = None  # past the limits above the call, if there are any
        try:
            while True:
                try:
                    offer = call.board.offer(call.token, call.model or call.ask.model, call.at)
                    routes = planned(call, offer, tally, self._clock) or _no_route(call)
                    served = offer.served
                    meter = Meter(call.ask, len(call.body), served.model, offer.tariff.price, served.reckoned)
                    if offer.limits is not None:
                        entry = await self._door.enter(offer.limits, call, meter, reply, tally)
                    async with Settlement(self._store, self._clock, call, offer, meter, tally) as settlement:
                        after_s = None if served.model.routing is None else hedge_s(call, routes, served.model.routing)
                        answer = await (
                            self._failover.answer(call, routes, tally, reply)
                            if after_s is None
                            else self._hedge.answer(call, routes, tally, reply, after_s=after_s)
                        )
                        if tally.losses or call.explains:
                            _tell(call, tally, reply)
                        if isinstance(answer, PlainAnswer):
                            last = answer.body
                        else:
                            last = await _deliver(answer, reply, tally, settlement.cover())
                    break
                except WaystationError as error:
                    call = await self._fallback.next(call, error, entry, tally)
                    entry = None
            if entry is not None:  # before the last byte: who has that may call again at once
                entry.leave(used_tokens(tally))
            if call.turn is not None:
                await self._conversations.keep(call, tally, last)
            await _finish(answer, reply, last)  # the last byte leaves after the bill
        except BaseException as error:
            failure = error
            tally.started, tally.record = reply.started, None
            _tell(call, tally, reply)
            raise
        finally:
            await self._keep(_recorded(call, tally, entry, failure), tally.basis)

    async def _keep(self, record: CallRecord, basis: bytes | None) -> None:
        """A call never fails for its record: the posting holds what the record can be rebuilt from."""
        self._observe(record)
        try:
            await self._store.record(record, basis)
        except StoreUnavailable as error:
            self._lose(record)
            log.error("call record not kept", extra={"call_id": record.call_id, "error": str(error)})  # noqa: TRY400 - expected


def _recorded(call: Call, tally: Tally, entry: Pass | None, failure: BaseException | None) -> CallRecord:
    """The call's record, once all that it had taken is given back."""
    tally.give_back()
    if entry is not None:
        entry.leave(used_tokens(tally))
    record = tally.record
    if record is None:
        record, tally.basis = record_of(call, tally, failure), None
    learn(call, tally, record, failure)
    return record


def _tell(call: Call, tally: Tally, reply: Reply) -> None:
    """What was lost; and, if the caller has asked, which way its call took, or on which it came to nothing."""
    if tally.losses:
        reply.tell(tally.losses)
    if call.explains and (tally.attempts or tally.passed_over):
        reply.show(way_of(call.board.find(call.token, call.model or call.ask.model).model, tally))


def _no_route(call: Call) -> Never:
    raise NoRoute(f"no upstream of {call.model or call.ask.model!r} speaks {call.codec.dialect}")


async def _deliver(answer: StreamAnswer, reply: Reply, tally: Tally, cover: Cover) -> bytes:
    assert tally.route is not None  # an answer has come by a route
    return await deliver(answer, reply, tally.route.vendor, tally, cover)


async def _finish(answer: Answer, reply: Reply, last: bytes) -> None:
    if isinstance(answer, PlainAnswer):
        await reply.answer(last)
        return
    try:
        await reply.finish(last)
    finally:
        await see_off(answer.inbound)
