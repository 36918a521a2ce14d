"""The way through: one coroutine, one direction."""

from collections.abc import Callable

from waystation.ports import Clock, Store
from waystation.relay.attempt import Answer, PlainAnswer
from waystation.relay.call import Call, Reply
from waystation.relay.deliver import deliver, see_off
from waystation.relay.failover import Failover
from waystation.relay.recording import record_of
from waystation.relay.settlement import Settlement
from waystation.relay.tally import Tally
from waystation.routing.strategy import Plan, plan
from waystation.wire.errors import NoRoute
from waystation.wire.record import CallRecord


class Relay:
    """Calls, on their way. `observe` sees every call record, for metrics."""

    __slots__ = ("_clock", "_failover", "_observe", "_store")

    def __init__(self, store: Store, failover: Failover, clock: Clock, observe: Callable[[CallRecord], None]) -> None:
        self._store = store
        self._failover = failover
        self._clock = clock
        self._observe = observe

    async def run(self, call: Call, reply: Reply) -> None:
        """Answer the call through `reply`, and leave one call record.

        Raises: WaystationError, for the gateway to put into the caller's dialect; what is owed is posted by then.
        """
        tally = Tally(self._clock.monotonic)
        failure: BaseException | None = None
        try:
            served = call.board.find(call.token, call.ask.model)
            routes = self._plan(call, plan(served, call.codec.dialect, self._clock.draw))
            async with Settlement(self._store, self._clock, call, served.model, tally):
                answer = await self._failover.answer(call, routes, tally)
                last = await self._deliver(answer, reply, tally)
            await _finish(answer, reply, last)  # the last byte leaves after the bill
        except BaseException as error:
            failure = error
            raise
        finally:
            record = tally.record or record_of(call, tally, failure)
            self._observe(record)
            await self._store.record(record)

    @staticmethod
    def _plan(call: Call, routes: Plan) -> Plan:
        if not routes:
            raise NoRoute(f"no upstream of {call.ask.model!r} speaks {call.codec.dialect}")
        return routes

    @staticmethod
    async def _deliver(answer: Answer, reply: Reply, tally: Tally) -> bytes:
        if isinstance(answer, PlainAnswer):
            return answer.body
        assert tally.route is not None  # an answer has come by a route
        return await deliver(answer, reply, tally.route.vendor, tally)


async def _finish(answer: Answer, reply: Reply, last: bytes) -> None:
    if isinstance(answer, PlainAnswer):
        await reply.answer(last)
        return
    try:
        await reply.finish(last)
    finally:
        await see_off(answer.inbound)
