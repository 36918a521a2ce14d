import asyncio

import msgspec
import pytest

from tests.relay.world import DONE, Caller, Scene, cost, delta, plain, refused, scene, stream, until, usage
from waystation.relay.answers import Answers
from waystation.relay.attempt import Declined
from waystation.relay.call import Call, Repeat
from waystation.relay.claim import REMEMBERED_S
from waystation.relay.repeats import Repeats
from waystation.wire.errors import (
    AnswerGone,
    CallerGone,
    IdempotencyConflict,
    IdempotencyKeyReused,
    InsufficientQuota,
    StoreUnavailable,
    Truncated,
)

CHUNKS = (delta("Hi"), delta(" there", finish="stop"), usage(7, 3), DONE)


class Desk:
    """A gateway's relay in which calls are known again. Another one may stand beside it, with the same store."""

    def __init__(self, at: Scene, *, keep_s: float = 60.0, bytes_max: int = 10_000) -> None:
        self.at = at
        answers = Answers(at.clock.monotonic, bytes_max=bytes_max, keep_s=keep_s)
        self.replays: list[bool] = []
        self.repeats = Repeats(at.relay, at.store, at.clock, answers, lambda: self.replays.append(True))

    def call(self, key: bytes | None = b"key", body: bytes = b"body", **members: object) -> Call:
        repeat = None if key is None else Repeat(key.ljust(32), body.ljust(32))
        return msgspec.structs.replace(self.at.call(**members), repeat=repeat)

    async def run(self, call: Call, *, patience: int | None = None) -> Caller:
        caller = Caller(self.at.journal, patience)
        await self.repeats.run(call, caller)
        return caller


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_call_that_comes_again_is_answered_again_and_billed_once(*, streaming: bool) -> None:
    at = scene(stream(*CHUNKS) if streaming else plain(tokens=(7, 3)))
    desk = Desk(at)
    first_call = desk.call(stream=streaming)
    first = await desk.run(first_call)
    again = await desk.run(desk.call(stream=streaming))
    assert (again.got, again.ended) == (first.got, True)
    assert (first.replayed, again.replayed) == (None, first_call.call_id)
    assert (len(at.transport.asked), at.spent) == (1, cost(7, 3))
    assert desk.replays == [True]
    assert at.record.idempotency_key == b"key     ".hex()


async def test_what_was_lost_on_the_way_is_told_again() -> None:
    at = scene(plain())
    desk = Desk(at)
    hello = [{"role": "user", "content": "Hello!"}]
    body = {"model": "m", "max_tokens": 10, "messages": hello, "top_k": 5}
    call = at.call_in("anthropic.messages", body, repeat=Repeat(b"key", b"input"))
    first, again = await desk.run(call), await desk.run(call)
    assert [loss.field for loss in first.losses] == ["top_k"]
    assert again.losses == first.losses


async def test_without_a_key_every_call_is_one() -> None:
    at = scene(plain(), plain())
    desk = Desk(at)
    await desk.run(desk.call(None))
    await desk.run(desk.call(None))
    assert (len(at.transport.asked), at.store.keys) == (2, {})


async def test_a_key_with_another_request_is_refused() -> None:
    at = scene(plain())
    desk, other = Desk(at), Desk(at)
    await desk.run(desk.call())
    for each in (desk, other):
        with pytest.raises(IdempotencyKeyReused, match="call_"):
            await each.run(each.call(body=b"another"))
    assert len(at.transport.asked) == 1


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_second_call_waits_for_the_first(*, streaming: bool) -> None:
    gate = asyncio.Event()
    answer = stream(CHUNKS[0], gate.wait, *CHUNKS[1:]) if streaming else plain()
    if not streaming:
        answer._steps.appendleft(gate.wait)
    at = scene(answer)
    desk = Desk(at)
    first = asyncio.create_task(desk.run(desk.call(stream=streaming)))
    await until(lambda: len(at.transport.asked) == 1)
    seconds = [asyncio.create_task(desk.run(desk.call(stream=streaming))) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(second.done() for second in seconds)
    gate.set()
    got = {(await second).got for second in seconds}
    assert got == {(await first).got}
    assert len(at.transport.asked) == 1


async def test_a_second_call_waits_no_longer_than_its_deadline() -> None:
    gate = asyncio.Event()
    at = scene(stream(CHUNKS[0], gate.wait, *CHUNKS[1:]))
    desk = Desk(at)
    first = asyncio.create_task(desk.run(desk.call(stream=True)))
    await until(lambda: len(at.transport.asked) == 1)
    second = desk.call(stream=True)
    with pytest.raises(IdempotencyConflict) as conflict:
        await desk.run(msgspec.structs.replace(second, deadline=at.clock.monotonic() - 1))
    assert conflict.value.retry_after_s == 1
    gate.set()
    await first


async def test_a_caller_who_gave_up_comes_back_for_the_whole_answer() -> None:
    """R18: a client times out, and sends the same call again."""
    gate = asyncio.Event()
    answer = stream(CHUNKS[0], gate.wait, *CHUNKS[1:])
    at = scene(answer)
    desk = Desk(at)
    first = asyncio.create_task(desk.run(desk.call(stream=True), patience=1))
    await until(lambda: len(at.transport.asked) == 1)
    second = asyncio.create_task(desk.run(desk.call(stream=True)))
    gate.set()
    with pytest.raises(CallerGone):
        await first
    assert (await second).got == CHUNKS[0] + CHUNKS[1] + DONE
    assert (len(at.transport.asked), at.spent) == (1, cost(7, 3))
    assert (at.record.outcome, at.record.estimated) == ("caller_gone", False)


async def test_a_call_that_failed_before_its_first_byte_may_be_made_again() -> None:
    at = scene(refused(500), plain(), keys=1)
    desk = Desk(at)
    with pytest.raises(Declined):
        await desk.run(desk.call())
    assert (await desk.run(desk.call())).ended


async def test_waiting_calls_take_over_when_the_first_comes_to_nothing() -> None:
    gate = asyncio.Event()
    failing = refused(500)
    failing._steps.appendleft(gate.wait)
    at = scene(failing, plain(), keys=1)
    desk = Desk(at)
    first = asyncio.create_task(desk.run(desk.call()))
    await until(lambda: len(at.transport.asked) == 1)
    second = asyncio.create_task(desk.run(desk.call()))
    await asyncio.sleep(0.01)
    gate.set()
    with pytest.raises(Declined):
        await first
    assert ((await second).ended, (await second).replayed) == (True, None)


async def test_a_call_that_was_refused_money_may_be_made_again_at_once() -> None:
    at = scene(plain(), credit=0)
    desk = Desk(at)
    with pytest.raises(InsufficientQuota):
        await desk.run(desk.call())
    assert at.store.keys == {}
    at.store.accounts.clear()
    at.store.open_wallet("org_1", "USD", 10**12)
    assert (await desk.run(desk.call())).ended


async def test_a_stream_that_was_cut_is_cut_again_and_not_paid_twice() -> None:
    at = scene(stream(CHUNKS[0]))
    desk = Desk(at)
    caller = Caller(at.journal)
    for _ in range(2):
        with pytest.raises(Truncated):
            await desk.repeats.run(desk.call(stream=True), caller)
    assert caller.got == CHUNKS[0] * 2
    assert (len(at.transport.asked), len(at.store.postings)) == (1, 1)


@pytest.mark.parametrize("cause", ["time", "restart", "size", "retention"])
async def test_an_answer_that_is_not_there_any_more_is_not_asked_for_again(cause: str) -> None:
    at = scene(plain(tokens=(7, 3)))
    desk = Desk(at, bytes_max=10 if cause == "size" else 10_000)
    call = desk.call()
    if cause == "retention":
        call = msgspec.structs.replace(call, token=msgspec.structs.replace(call.token, retention="none"))
    await desk.run(call)
    if cause == "time":
        at.clock.at += 61
    with pytest.raises(AnswerGone, match=f"as {call.call_id}, and cost 0.0000475 USD"):
        await (Desk(at) if cause == "restart" else desk).repeats.run(desk.call(), Caller([]))
    assert len(at.transport.asked) == 1


async def test_another_gateway_is_told_that_the_call_is_under_way() -> None:
    gate = asyncio.Event()
    at = scene(stream(CHUNKS[0], gate.wait, *CHUNKS[1:]))
    desk, other = Desk(at), Desk(at)
    first = asyncio.create_task(desk.run(desk.call(stream=True)))
    await until(lambda: len(at.transport.asked) == 1)
    with pytest.raises(IdempotencyConflict):
        await other.run(other.call(stream=True))
    gate.set()
    await first
    with pytest.raises(AnswerGone):
        await other.run(other.call(stream=True))


async def test_a_key_is_forgotten_in_the_end() -> None:
    at = scene(plain(), plain())
    desk = Desk(at)
    await desk.run(desk.call())
    at.clock.at += REMEMBERED_S
    assert (await desk.run(desk.call())).replayed is None
    assert len(at.transport.asked) == 2


async def test_without_a_bill_there_is_no_answer_to_give_again() -> None:
    at = scene(stream(*CHUNKS))
    desk = Desk(at)
    at.store.failing.add("post")
    with pytest.raises(StoreUnavailable):
        await desk.run(desk.call(stream=True))
    at.store.failing.clear()
    with pytest.raises(IdempotencyConflict):  # until its hold has expired
        await desk.run(desk.call(stream=True))
    await at.store.sweep(at.clock.now() + 10_000)
    at.transport.then(stream(*CHUNKS))
    assert (await desk.run(desk.call(stream=True))).ended


async def test_a_store_that_is_lost_asks_no_upstream() -> None:
    at = scene(plain())
    desk = Desk(at)
    at.store.broken = True
    with pytest.raises(StoreUnavailable):
        await desk.run(desk.call())
    assert at.transport.asked == []
    at.store.broken = False
    assert (await desk.run(desk.call())).ended


async def test_a_key_that_can_not_be_freed_frees_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    at = scene(refused(500), plain(), keys=1)
    desk = Desk(at)

    async def failing(*_arguments: object) -> None:
        raise StoreUnavailable("The ledger can't be written right now.")

    with monkeypatch.context() as broken:
        broken.setattr(at.store, "free_key", failing)
        with pytest.raises(Declined):
            await desk.run(desk.call())
    assert (await desk.run(desk.call())).ended
