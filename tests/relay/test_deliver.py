import asyncio

import pytest

from tests.relay.world import (
    CREDIT,
    DONE,
    METERED,
    PRICE,
    Caller,
    ScriptedInbound,
    Step,
    StillClock,
    delta,
    scene,
    stream,
    until,
    usage,
)
from waystation.dialects.openai_chat import CODEC
from waystation.relay.attempt import StreamAnswer
from waystation.relay.cover import Cover
from waystation.relay.deliver import deliver, see_off
from waystation.relay.meter import Meter
from waystation.relay.tally import Tally
from waystation.vendors import vendors
from waystation.vendors.vendor import Vendor
from waystation.wire.booking import HoldOrder
from waystation.wire.errors import CallerGone, ConnectionLost, Truncated, UpstreamTimeout
from waystation.wire.usage import Heard, Usage

STOPPING = vendors()["openai_compatible"]
LOST = ConnectionLost("reset", received=True)


def opened(*steps: Step, **members: object) -> tuple[ScriptedInbound, StreamAnswer]:
    """A stream whose first event was "Hi", and what comes after it."""
    inbound = stream(*steps)
    reader = CODEC.reader(scene().call(stream=True, **members).ask)
    return inbound, StreamAnswer(inbound, reader, reader.feed(delta("Hi")))


def tallied(clock: StillClock | None = None) -> Tally:
    return Tally((clock or StillClock()).monotonic)


async def delivered(answer: StreamAnswer, caller: Caller, vendor: Vendor, tally: Tally) -> bytes:
    """All of it is covered."""
    at = scene()
    call = at.call(stream=True)
    meter = Meter(call.ask, len(call.body), at.board.served["m"].model, PRICE)
    order = HoldOrder(
        hold_id=call.hold_id,
        token_id=call.token.id,
        ceilings=at.board.offer(call.token, "m", call.at).accounts,
        amount_nanos=CREDIT,
        at=call.at,
        expires_at=call.at,
    )
    return await deliver(answer, caller, vendor, tally, Cover(at.store, at.clock, call, meter, tally, order, 1 << 60))


async def test_all_but_the_last_bytes_go_out() -> None:
    inbound, answer = opened(delta(" there"), delta(finish="stop"), usage(4, 2), DONE, delta("never asked for"))
    caller, tally = Caller([]), tallied()
    last = await delivered(answer, caller, STOPPING, tally)
    assert (caller.got, last) == (delta("Hi") + delta(" there") + delta(finish="stop"), DONE)
    assert tally.heard == Heard(Usage(input_tokens=4, output_tokens=2), ())
    assert (tally.response_model, tally.finish_reasons) == ("m-2026", ("stop",))
    assert (inbound.left, inbound.closed) == (1, False)


async def test_a_stream_without_done_is_whole_if_it_has_its_finish() -> None:
    _, answer = opened(delta(finish="stop"))
    assert await delivered(answer, Caller([]), STOPPING, tallied()) == DONE


@pytest.mark.parametrize("error", [LOST, UpstreamTimeout("silent", phase="idle")])
async def test_an_end_that_fails_after_the_finish_harms_nobody(error: Exception) -> None:
    _, answer = opened(delta(finish="stop"), error)
    assert await delivered(answer, Caller([]), STOPPING, tallied()) == DONE


@pytest.mark.parametrize(("steps", "error"), [((LOST,), ConnectionLost), ((), Truncated), ((b"",), Truncated)])
async def test_an_end_before_the_finish_is_an_error_and_closes(steps: tuple[Step, ...], error: type[Exception]) -> None:
    inbound, answer = opened(*steps)
    caller, tally = Caller([]), tallied()
    with pytest.raises(error):
        await delivered(answer, caller, STOPPING, tally)
    assert (caller.got, inbound.closed) == (delta("Hi"), True)
    assert tally.delivered is not None
    assert tally.delivered.ascii_chars == 2


async def test_a_hang_up_closes_the_upstream_at_once() -> None:
    waiting = asyncio.Event()
    inbound, answer = opened(waiting.wait, delta(finish="stop"), DONE)
    caller = Caller([])
    running = asyncio.create_task(delivered(answer, caller, STOPPING, tallied()))
    await until(lambda: caller.got != b"")
    caller.hang_up()
    assert inbound.closed
    waiting.set()
    with pytest.raises(CallerGone):
        await running


async def test_a_caller_who_had_gone_before_closes_the_upstream_too() -> None:
    inbound, answer = opened(delta(finish="stop"), DONE)
    caller = Caller([])
    caller.hang_up()
    with pytest.raises(CallerGone):
        await delivered(answer, caller, STOPPING, tallied())
    assert (inbound.closed, inbound.left) == (True, 2)


@pytest.mark.parametrize("end", [(DONE,), ()])
async def test_a_vendor_that_bills_to_the_end_is_listened_to(end: tuple[Step, ...]) -> None:
    inbound, answer = opened(delta(" there"), delta(finish="stop"), usage(4, 2), *end)
    caller, tally = Caller([], patience=1), tallied()
    with pytest.raises(CallerGone):
        await delivered(answer, caller, METERED, tally)
    assert caller.got == delta("Hi")
    assert tally.heard == Heard(Usage(input_tokens=4, output_tokens=2), ())
    assert (inbound.left, inbound.closed) == (0, True)


@pytest.mark.parametrize("vendor", [STOPPING, METERED])
async def test_a_broken_stream_is_told_as_broken_while_the_caller_is_there(vendor: Vendor) -> None:
    inbound, answer = opened(LOST)
    with pytest.raises(ConnectionLost):
        await delivered(answer, Caller([]), vendor, tallied())
    assert inbound.closed


async def test_time_that_the_caller_and_the_upstream_take_is_not_ours() -> None:
    clock = StillClock()
    _, answer = opened(clock.pass_s(3.0), delta(finish="stop"), clock.pass_s(0.5), DONE)
    tally = tallied(clock)
    await delivered(answer, Caller([]), STOPPING, tally)
    assert tally.waited_s == 3.5


@pytest.mark.parametrize("steps", [(), (b"rest",), (LOST,)])
async def test_a_body_is_seen_off_however_it_ends(steps: tuple[Step, ...]) -> None:
    inbound = stream(*steps)
    await see_off(inbound)
    assert inbound.closed
