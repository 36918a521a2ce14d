import pytest

from tests.relay.world import Caller, StillClock
from waystation.relay.answers import Answer, Answers
from waystation.relay.recorder import Recorder
from waystation.wire.errors import CallerGone
from waystation.wire.limit import Rates
from waystation.wire.loss import Loss


def recorder(caller: Caller, *, bytes_max: int = 100) -> Recorder:
    answers, answer = Answers(StillClock().monotonic, bytes_max=bytes_max, keep_s=60), Answer("call_1", b"input")
    answers.begin(b"key", answer)
    return Recorder(caller, answers, answer)


async def test_what_is_sent_is_recorded() -> None:
    caller = Caller([])
    at = recorder(caller)
    assert not at.started
    at.tell((Loss("seed", "not known there"),))
    at.rate(Rates(5, 4, 60_000, None, 0, 0), 7.0)
    await at.stream(b"one")
    await at.finish(b"two")
    assert (caller.got, caller.ended, at.started, at.gone) == (b"onetwo", True, True, False)
    assert (at.kept.parts, at.kept.losses) == ([b"one", b"two"], caller.losses)
    assert (caller.rates, caller.rated_at) == (Rates(5, 4, 60_000, None, 0, 0), 7.0)


async def test_a_plain_answer_is_recorded() -> None:
    caller = Caller([])
    at = recorder(caller)
    await at.answer(b"all")
    assert (caller.got, at.kept.parts, at.begun) == (b"all", [b"all"], True)


@pytest.mark.parametrize("stream", [False, True])
async def test_who_hangs_up_is_told_of_at_the_end_only(*, stream: bool) -> None:
    caller = Caller([], patience=0)
    at = recorder(caller)
    at.on_gone(lambda: pytest.fail("nobody needs to react"))
    if stream:
        await at.stream(b"one")
        await at.stream(b"two")
    with pytest.raises(CallerGone):
        await (at.finish(b"three") if stream else at.answer(b"three"))
    assert b"".join(at.kept.parts) == (b"onetwothree" if stream else b"three")
    assert caller.got == b""


async def test_an_answer_that_is_too_large_goes_out_and_is_not_recorded() -> None:
    caller = Caller([])
    at = recorder(caller, bytes_max=10)
    for _ in range(4):
        await at.stream(b"12345")
    assert (caller.got, at.kept.parts, at.recording) == (b"12345" * 4, [], False)


def test_a_replay_is_told() -> None:
    caller = Caller([])
    recorder(caller).replay("call_0")
    assert caller.replayed == "call_0"
