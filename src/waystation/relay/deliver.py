"""From the upstream's stream to the caller, one chunk after another, all but the last bytes."""

from contextlib import suppress

from waystation.dialects.codec import StreamReader
from waystation.ports import Inbound
from waystation.relay.attempt import StreamAnswer
from waystation.relay.call import Reply
from waystation.relay.cover import NOTHING, Cover, Sent
from waystation.relay.tally import Tally
from waystation.vendors.vendor import Vendor
from waystation.wire.errors import CallerGone, UpstreamError


async def deliver(answer: StreamAnswer, reply: Reply, vendor: Vendor, tally: Tally, cover: Cover) -> bytes:
    """Send what came; the tail that is due after the bill is posted.

    Raises: CallerGone, UpstreamError if the stream broke before its finish, what `Cover.look` raises.
    """
    if vendor.hang_up_stops_meter:
        reply.on_gone(answer.inbound.close)
    try:
        await _forward(answer, reply, tally, cover)
        return answer.reader.close()
    except BaseException as error:
        if isinstance(error, CallerGone) and not vendor.hang_up_stops_meter:
            with suppress(UpstreamError):
                await _listen_on(answer)
        answer.inbound.close()
        if isinstance(error, UpstreamError) and reply.gone:
            raise CallerGone("the caller hung up") from error
        raise
    finally:
        tally.started = reply.started
        _note(answer.reader, tally, cover.cut)


async def _forward(answer: StreamAnswer, reply: Reply, tally: Tally, cover: Cover) -> None:
    inbound, reader, monotonic = answer.inbound, answer.reader, tally.monotonic
    data, arrived = answer.head, len(answer.head)
    if arrived >= cover.look_at:
        await cover.look(reader, arrived, NOTHING)
    while True:
        waiting = monotonic()
        if data:
            await reply.stream(data)
        if reader.done:
            break
        try:
            chunk = await inbound.chunk()
        except UpstreamError:
            if reader.finished:  # every choice has its finish: what failed is only the connection's end
                break
            raise
        finally:
            tally.waited_s += monotonic() - waiting
        if not chunk:
            break
        arrived += len(chunk)
        sent = None if arrived < cover.look_at else Sent(reader.usage, reader.weight)
        try:
            data = reader.feed(chunk)
        except UpstreamError:
            await _send_unsent(reader, reply)
            raise
        if sent is not None:
            await cover.look(reader, arrived, sent)


async def _send_unsent(reader: StreamReader, reply: Reply) -> None:
    """What was good before a fault has been paid for."""
    if reader.unsent:
        await reply.stream(reader.unsent)


async def _listen_on(answer: StreamAnswer) -> None:
    """Hear the usage of a stream that the vendor bills to its end; the connection's time-outs bound the wait."""
    while not answer.reader.done:
        chunk = await answer.inbound.chunk()
        if not chunk:
            break
        answer.reader.feed(chunk)


def _note(reader: StreamReader, tally: Tally, cut: Sent | None) -> None:
    tally.heard, tally.delivered = (reader.usage, reader.weight) if cut is None else (cut.heard, cut.weight)
    tally.response_model = reader.response_model
    tally.finish_reasons = reader.finish_reasons


async def see_off(inbound: Inbound) -> None:
    """Read the end of a body whose last event has come, so that the connection can serve again."""
    try:
        await inbound.chunk()
    except UpstreamError:
        pass
    finally:
        inbound.close()
