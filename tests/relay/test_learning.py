import asyncio

import msgspec
import pytest

from tests.relay.world import (
    DONE,
    VENDORS,
    Scene,
    catalogue_of,
    delta,
    plain,
    refused,
    scene,
    stream,
    until,
    usage,
)
from waystation.relay.board import board_of
from waystation.routing.statistics import Counts, Statistics
from waystation.wire.errors import CallerGone, ConnectFailed, StoreUnavailable, Truncated, UpstreamError, VendorRefusal

NEVER = Counts(0, 0, 0)


def statistics(at: Scene, upstream: int = 0, model: str = "m") -> Statistics:
    return at.board.served[model].tiers[upstream][0].statistics


def counts(at: Scene, upstream: int = 0, model: str = "m") -> Counts:
    return statistics(at, upstream, model).counts(at.clock.monotonic(), 5)


async def test_a_plain_answer_tells_its_whole_time_and_its_speed() -> None:
    answer = plain(tokens=(10, 100))
    at = scene(answer)
    answer._steps.appendleft(at.clock.pass_s(2.0))
    await at.run()
    learned, now = statistics(at), at.clock.monotonic()
    assert counts(at) == Counts(answered=1, failed=0, limited=0)
    assert learned.wholes(now).under(50) == pytest.approx(2.0, rel=0.05)
    assert learned.tokens_per_s() == pytest.approx(50.0)
    assert (learned.first_chunk_s(), learned.first_chunks(now).count) == (None, 0)
    assert counts(at, model="other") == NEVER


async def test_a_stream_tells_its_first_chunk_at_once_and_the_rest_at_its_end() -> None:
    answer = stream(delta("Hi"), delta(" there", finish="stop"), usage(7, 30), DONE)
    at = scene(answer)
    answer._steps.appendleft(at.clock.pass_s(0.5))
    answer._steps.insert(2, at.clock.pass_s(1.0))
    seen: list[tuple[float | None, Counts]] = []
    answer._steps.insert(3, lambda: seen.append((statistics(at).first_chunk_s(), counts(at))))
    await at.run(stream=True)
    ((first_chunk_s, by_then),) = seen
    assert (first_chunk_s, by_then) == (0.5, NEVER)
    assert counts(at) == Counts(1, 0, 0)
    assert statistics(at).tokens_per_s() == pytest.approx(20.0)


async def test_each_attempt_is_its_own_upstreams() -> None:
    at = scene(ConnectFailed("no"), refused(500), plain(tokens=(1, 50)), upstreams=3)
    at.transport._answers.appendleft(refused(429))  # the first key of up0; the second finds nobody there
    await at.run()
    assert [counts(at, number) for number in range(3)] == [Counts(0, 1, 1), Counts(0, 1, 0), Counts(1, 0, 0)]
    assert statistics(at, 2).wholes(at.clock.monotonic()).count == 1


async def test_time_lost_at_other_upstreams_is_not_this_ones() -> None:
    slow = refused(500)
    at = scene(slow, stream(delta("Hi", finish="stop"), usage(1, 50), DONE), upstreams=2)
    slow._steps.appendleft(at.clock.pass_s(30.0))
    await at.run(stream=True)
    assert statistics(at, 1).first_chunk_s() == pytest.approx(0.0)
    assert statistics(at, 1).wholes(at.clock.monotonic()).under(50) == pytest.approx(0.001, rel=0.1)


@pytest.mark.parametrize(
    ("answer", "learned"),
    [
        (refused(400), NEVER),
        (refused(422), NEVER),
        (refused(429), Counts(0, 0, 1)),
        (refused(429, code="insufficient_quota"), Counts(0, 1, 0)),  # arrears are no rate limit
        (refused(401), Counts(0, 1, 0)),
        (refused(404), Counts(0, 1, 0)),
        (refused(503), Counts(0, 1, 0)),
    ],
)
async def test_only_what_the_upstream_or_our_key_is_to_blame_for_counts(answer: object, learned: Counts) -> None:
    at = scene(answer, keys=1)  # type: ignore[arg-type]
    with pytest.raises((VendorRefusal, UpstreamError)):
        await at.run()
    assert counts(at) == learned


async def test_a_stream_that_breaks_has_failed() -> None:
    at = scene(stream(delta("Hi " * 40), delta("there")))
    with pytest.raises(Truncated):
        await at.run(stream=True)
    assert counts(at) == Counts(answered=0, failed=1, limited=0)
    assert statistics(at).wholes(at.clock.monotonic()).count == 0
    assert statistics(at).first_chunks(at.clock.monotonic()).count == 1


async def test_a_caller_who_hangs_up_is_not_the_upstreams_fault() -> None:
    at = scene(stream(delta("Hi " * 40), delta("there"), delta(finish="stop"), DONE), patience=1)
    with pytest.raises(CallerGone):
        await at.run(stream=True)
    assert counts(at) == Counts(1, 0, 0)
    assert statistics(at).wholes(at.clock.monotonic()).count == 0


async def test_a_bill_that_can_t_be_posted_is_not_the_upstreams_fault() -> None:
    at = scene(plain())
    at.store.failing.add("post")
    with pytest.raises(StoreUnavailable):
        await at.run()
    assert counts(at) == Counts(1, 0, 0)


async def test_a_call_that_is_cancelled_is_not_the_upstreams_fault() -> None:
    at = scene(stream(delta("Hi " * 40), asyncio.Event().wait))
    running = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: at.journal == ["stream"])
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert counts(at) == Counts(1, 0, 0)


async def test_tokens_that_the_upstream_did_not_count_tell_no_speed() -> None:
    answer = plain("word " * 200, tokens=None)
    at = scene(answer)
    answer._steps.appendleft(at.clock.pass_s(2.0))
    assert (await at.run()).estimated
    assert (statistics(at).tokens_per_s(), counts(at)) == (None, Counts(1, 0, 0))


async def test_a_model_by_another_name_is_still_that_model() -> None:
    at = scene(plain())
    await at.run(model="anthropic/m")
    assert counts(at) == Counts(1, 0, 0)


async def test_a_route_that_stays_keeps_its_statistics_on_the_next_board() -> None:
    at = scene(plain())
    await at.run()
    changed = catalogue_of()
    changed = msgspec.structs.replace(
        changed, revision=2, upstreams=tuple(msgspec.structs.replace(up, weight=7) for up in changed.upstreams)
    )
    after = board_of(changed, VENDORS, at.board)
    assert after.served["m"].tiers[0][0].statistics is statistics(at)
    assert after.served["m"].tiers[0][0].statistics is not after.served["other"].tiers[0][0].statistics
