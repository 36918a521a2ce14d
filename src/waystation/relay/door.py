"""Where a call is let in by the limits above it, waits, or is turned away."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from waystation.limits.refusal import refusal
from waystation.ports import Limiter, Pass, Queued, Waiting
from waystation.relay.call import Call, Reply
from waystation.relay.meter import Meter
from waystation.relay.tally import Tally
from waystation.wire.errors import CallerGone, DeadlineExceeded, LimiterUnavailable
from waystation.wire.limit import Bounds, EntryOrder, Limited

log = logging.getLogger(__name__)

# What an answer is expected to have whose caller names no bound: its model's own may be more than a minute's tokens.
# What it has in fact is counted when the bill is known.
OUTPUT_EXPECTED: Final = 1_024


class Door:
    """`fail_open`: whether calls go on without limits while the limiter is lost.

    `observe` sees every refusal; `miss` counts each call that nobody could count: for metrics.
    """

    __slots__ = ("_fail_open", "_limiter", "_lost", "_miss", "_observe")

    def __init__(
        self, limiter: Limiter, *, fail_open: bool, observe: Callable[[Limited], None], miss: Callable[[], None]
    ) -> None:
        self._limiter = limiter
        self._fail_open = fail_open
        self._observe = observe
        self._miss = miss
        self._lost = False

    async def enter(self, bounds: Bounds, call: Call, meter: Meter, reply: Reply, tally: Tally) -> Pass | None:
        """To be left by whoever gets one; None: let in uncounted.

        Raises: RateLimited, LimiterUnavailable; CallerGone or DeadlineExceeded, if that came while it waited.
        """
        at, tokens = call.at, reserved_tokens(meter) if bounds.metered else 0
        try:
            answer = await self._limiter.enter(EntryOrder(bounds, tokens))
            if isinstance(answer, Waiting):
                answer = await _outcome(answer.place, reply, tally, call.deadline)
                at += tally.waited_s
        except LimiterUnavailable as error:
            self._lose(error)
            return None
        if self._lost:
            self._lost = False
            log.warning("limiter is back")
        reply.rate(answer.rates, at)
        if isinstance(answer, Limited):
            self._observe(answer)
            raise refusal(answer, tokens)
        return answer

    def _lose(self, error: LimiterUnavailable) -> None:
        """Told in the log once, until it is back. Raises: the error, if limits are to be kept at any price."""
        self._miss()
        if not self._lost:
            self._lost = True
            log.error("limiter lost", extra={"error": str(error), "calls": "go on" if self._fail_open else "refused"})
        if not self._fail_open:
            raise error


def reserved_tokens(meter: Meter) -> int:
    """The most that the input is expected to be, and the caller's own bound on the output."""
    output = meter.output_ceiling
    if meter.ask.max_output_tokens is None:
        output = min(output, OUTPUT_EXPECTED * meter.ask.choices)
    return meter.input_ceiling + output


def used_tokens(tally: Tally) -> int | None:
    """What the bill says. None: something was used, and nobody knows how much."""
    if tally.bill is None:
        return 0 if tally.delivered is None else None
    usage = tally.bill.usage
    return (usage.input_tokens or 0) + (usage.output_tokens or 0)


async def _outcome(place: Queued, reply: Reply, tally: Tally, deadline: float) -> Pass | Limited:
    reply.on_gone(place.leave)
    began = tally.monotonic()
    try:
        async with asyncio.timeout(deadline - began):
            answer = await place.outcome()
    except TimeoutError:
        raise DeadlineExceeded("The call's time was up while it waited for others to end: give it more.") from None
    finally:
        tally.waited_s += tally.monotonic() - began
    if answer is None:
        raise CallerGone("the caller hung up while it waited for another call to end")
    return answer
