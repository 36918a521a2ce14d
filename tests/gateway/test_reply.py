import asyncio
import json
from typing import Any

import pytest

from tests.gateway.world import Line, replying
from tests.relay.world import StillClock, until
from waystation.dialects.openai_chat import CODEC
from waystation.wire.errors import BadRequest, CallerGone, NoRoute, Overloaded, StoreUnavailable, Truncated
from waystation.wire.limit import Rates
from waystation.wire.loss import Loss


async def test_an_answer_is_sent_whole() -> None:
    line = Line()
    await replying(line).answer(b"{}")
    assert (line.status, line.body, line.ended) == (200, b"{}", True)
    assert line.headers[b"x-request-id"] == b"call_1"


async def test_a_streams_head_goes_out_with_its_first_bytes_and_once() -> None:
    line = Line()
    reply = replying(line)
    assert line.messages == []
    await reply.stream(b"a")
    await reply.stream(b"b")
    assert not line.ended
    await reply.finish(b"c")
    assert [message["type"].removeprefix("http.response.") for message in line.messages] == [
        "start",
        "body",
        "body",
        "body",
    ]
    assert (line.body, line.ended) == (b"abc", True)


async def test_a_stream_may_be_all_tail() -> None:
    line = Line()
    await replying(line).finish(b"data: [DONE]\n\n")
    assert (line.headers[b"content-type"], line.ended) == (b"text/event-stream; charset=utf-8", True)


@pytest.mark.parametrize("how", ["answer", "stream", "finish"])
async def test_nothing_is_sent_to_who_has_gone(how: str) -> None:
    reply = replying(Line(lost=True))
    assert reply.gone
    with pytest.raises(CallerGone):
        await getattr(reply, how)(b"x")
    assert not reply.started


async def test_a_hang_up_is_told_when_it_comes_and_at_once_if_it_has() -> None:
    line, told = Line(), list[str]()
    reply = replying(line)
    reply.on_gone(lambda: told.append("then"))
    assert told == []
    line.hang_up()
    reply.on_gone(lambda: told.append("now"))
    assert (told, reply.gone) == (["then", "now"], True)


@pytest.mark.parametrize("read", [False, True])
async def test_an_error_before_anything_is_a_status(*, read: bool) -> None:
    line = Line()
    reply = replying(line)
    reply.body_read = read
    await reply.refuse(BadRequest("what", param="n"))
    assert (line.status, line.error["param"], line.ended) == (400, "n", True)
    assert (b"connection" in line.headers) != read


async def test_an_error_after_something_is_an_event() -> None:
    line, error = Line(), Truncated("short")
    reply = replying(line)
    await reply.stream(b"a")
    await reply.refuse(error)
    assert (line.status, line.body, line.ended) == (200, b"a" + CODEC.fail(error), True)


@pytest.mark.parametrize("started", [False, True])
async def test_an_error_for_who_has_gone_is_dropped(*, started: bool) -> None:
    line = Line()
    reply = replying(line)
    if started:
        await reply.stream(b"a")
    line.hang_up()
    await reply.refuse(BadRequest("what"))
    assert line.body == (b"a" if started else b"")


@pytest.mark.parametrize(
    ("error", "should_retry", "retry_after"),
    [
        (BadRequest("what"), b"false", None),
        (StoreUnavailable("busy"), None, b"1"),
        (Overloaded("full"), None, None),
        (NoRoute("benched", retry_after_s=6.6), None, b"7"),
        (NoRoute("benched", retry_after_s=0.01), None, b"1"),
    ],
)
async def test_clients_are_told_whether_and_when_to_try_again(
    error: BadRequest | StoreUnavailable | Overloaded | NoRoute, should_retry: bytes | None, retry_after: bytes | None
) -> None:
    line = Line()
    await replying(line).refuse(error)
    assert (line.headers.get(b"x-should-retry"), line.headers.get(b"retry-after")) == (should_retry, retry_after)


async def test_a_sign_of_life_starts_the_stream_and_is_no_event() -> None:
    line = Line()
    reply = replying(line)
    await reply.keep_alive()
    await reply.keep_alive()
    assert (line.status, line.body, line.ended) == (200, b": keep-alive\n\n" * 2, False)


async def test_a_sign_of_life_for_who_has_gone_is_dropped() -> None:
    line = Line(lost=True)
    await replying(line).keep_alive()
    assert line.messages == []


async def test_it_knows_since_when_it_waits_for_the_caller_to_read() -> None:
    line, clock = Line(), StillClock()
    reply = replying(line, clock.monotonic)
    await reply.stream(b"a")
    assert (reply.sending, reply.touched) == (False, clock.at)
    line.blocked = asyncio.Event()
    clock.at += 5.0
    sending = asyncio.create_task(reply.stream(b"b"))
    await until(lambda: reply.sending)
    assert reply.touched == clock.at
    line.blocked.set()
    await sending
    assert not reply.sending


@pytest.mark.parametrize("how", ["answer", "stream"])
async def test_it_knows_since_when_the_head_waits_too(how: str) -> None:
    class Stuck(Line):
        def answer(self, *_whole: object) -> bool:
            return False

        async def send(self, message: dict[str, Any]) -> None:
            await until(lambda: self.lost)
            await super().send(message)

    line, clock = Stuck(), StillClock()
    reply = replying(line, clock.monotonic)
    clock.at += 100.0  # the upstream took its time, which is not the caller's fault
    sending = asyncio.create_task(getattr(reply, how)(b"x"))
    await until(lambda: reply.sending)
    assert reply.touched == clock.at
    line.hang_up()
    with pytest.raises(CallerGone):
        await sending


@pytest.mark.parametrize("how", ["answer", "finish"])
async def test_who_hangs_up_while_the_last_bytes_wait_has_gone(how: str) -> None:
    line = Line(blocked=asyncio.Event())
    reply = replying(line)
    sending = asyncio.create_task(getattr(reply, how)(b"x"))
    await until(lambda: reply.sending)
    line.hang_up()
    with pytest.raises(CallerGone):
        await sending
    assert line.body == b""


async def test_an_abort_is_the_connections() -> None:
    line = Line()
    reply = replying(line)
    reply.abort()
    assert (line.aborted, reply.gone) == (True, True)


async def test_the_error_of_an_array_is_its_last_element() -> None:
    for begun in (True, False):
        line, error = Line(), Truncated("short")
        reply = replying(line)
        reply.array = True
        await reply.keep_alive()
        if begun:
            await reply.stream(b'[{"a":1}')
        await reply.refuse(error)
        assert line.headers[b"content-type"] == b"application/json"
        assert [*json.loads(line.body)][-1] == json.loads(CODEC.error(error))


async def test_losses_are_told_to_who_asks() -> None:
    for asked in (True, False):
        for send in ("answer", "stream"):
            line = Line()
            reply = replying(line)
            reply.tells_losses = asked
            reply.tell((Loss("seed", "no such member"),))
            await getattr(reply, send)(b"{}")
            assert line.headers.get(b"x-waystation-losses") == (b"seed: no such member" if asked else None)


async def test_a_replay_says_so_and_bears_the_first_calls_id() -> None:
    for send in ("answer", "stream", "refuse"):
        line = Line()
        reply = replying(line)
        reply.replay("call_0")
        await getattr(reply, send)(BadRequest("what") if send == "refuse" else b"{}")
        assert line.headers[b"idempotent-replayed"] == b"true"
        assert line.headers[b"x-request-id"] == b"call_0"


async def test_what_is_left_of_limits_is_told_with_every_head() -> None:
    for send in ("answer", "stream", "refuse"):
        line = Line()
        reply = replying(line)
        reply.rate(Rates(60, 59, 60_000, None, 0, 0), 0.0)
        await getattr(reply, send)(BadRequest("what") if send == "refuse" else b"{}")
        assert line.headers[b"x-ratelimit-remaining-requests"] == b"59"
