"""How long a call waits while no key of its routes is ready, and for what."""

from math import inf

from waystation.ports import Clock
from waystation.relay.call import Call, Reply
from waystation.relay.line import Lines
from waystation.relay.tally import Tally
from waystation.routing.strategy import Plan
from waystation.wire.errors import CallerGone


class Patience:
    """`wait_s`: the longest that a call waits; 0: none does. `lines`: where they wait."""

    __slots__ = ("_clock", "_wait_s", "lines")

    def __init__(self, clock: Clock, *, wait_s: float) -> None:
        self._clock = clock
        self._wait_s = wait_s
        self.lines = Lines()

    def others_wait(self, call: Call) -> bool:
        """Whether somebody waits already for what this call wants: then it has to wait its turn too."""
        return line_of(call) in self.lines.open

    def stay(self, call: Call, tally: Tally, reply: Reply) -> "Stay":
        until = min(self._clock.monotonic() + self._wait_s, call.deadline)
        return Stay(self._clock, self.lines, call, tally, reply, until)


class Stay:
    """One call's wait, from turn to turn. `until` is monotonic."""

    __slots__ = ("_attempts", "_call", "_clock", "_lines", "_place", "_reply", "_tally", "_until")

    def __init__(self, clock: Clock, lines: Lines, call: Call, tally: Tally, reply: Reply, until: float) -> None:
        self._clock = clock
        self._call = call
        self._tally = tally
        self._reply = reply
        self._until = until
        self._lines = lines
        self._place = lines.place(line_of(call))
        self._attempts = tally.earlier

    async def turn(self, plan: Plan) -> bool:
        """Whether to try these routes now; False: it has waited for as long as it may, or would wait in vain.

        Raises: CallerGone.
        """
        tried = len(self._tally.attempts) - self._attempts
        self._attempts += tried
        self.end(well=False if tried else None)
        now = self._clock.monotonic()
        wait_s = ready_in_s(self._call, plan, now)
        if tried and wait_s <= 0 and self._place.name not in self._lines.open:  # more keys of the routes are ready
            return True
        if now >= self._until or now + wait_s > self._until:
            return False
        self._expect_caller()
        self._reply.on_gone(self._place.leave)
        try:
            comes = await self._place.turn(
                lambda: ready_in_s(self._call, plan, self._clock.monotonic()), self._until - now
            )
        finally:
            self._tally.waited_s += self._clock.monotonic() - now
        self._expect_caller()
        return comes

    def end(self, *, well: bool | None) -> None:
        """What came of its last turn; None: nothing that says anything of the keys."""
        self._place.end(well=well)

    def _expect_caller(self) -> None:
        if self._reply.gone:
            raise CallerGone("the caller hung up while it waited for a key")


def ready_in_s(call: Call, plan: Plan, now: float) -> float:
    """Seconds until a key of these routes is ready for the call, as far as that is known; inf: none will be."""
    pools, pin = call.board.pools, call.pin
    if pin is not None:
        waits = [pools[route.upstream.id].pinned_in_s(pin.key_fingerprint, route.model, now) for route in plan]
    else:
        tokens = call.expected_tokens
        waits = [pools[route.upstream.id].ready_in_s(route.model, now, *tokens) for route in plan]
    return min(waits, default=inf)


def line_of(call: Call) -> str:
    """Those who can only take one key wait by themselves."""
    return (call.model or call.ask.model) if call.pin is None else f"{call.pin.upstream_id} {call.pin.key_fingerprint}"
