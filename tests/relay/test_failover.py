import asyncio
import logging

import msgspec
import pytest

from tests.relay.world import (
    DONE,
    JSON,
    TOTAL_S,
    VENDORS,
    Scene,
    ScriptedInbound,
    delta,
    plain,
    refused,
    scene,
    stream,
    until,
)
from waystation.relay.attempt import Answer, Declined, PlainAnswer, StreamAnswer
from waystation.relay.board import board_of
from waystation.relay.call import Call
from waystation.relay.tally import Tally
from waystation.routing.breaker import Breaker
from waystation.routing.strategy import plan
from waystation.wire.catalogue import Ceilings, ModelRoute
from waystation.wire.errors import (
    BadAnswer,
    CallerGone,
    ConnectFailed,
    DeadlineExceeded,
    NoRoute,
    Truncated,
    UpstreamError,
    UpstreamTimeout,
    VendorFailure,
    VendorRefusal,
)
from waystation.wire.routing import BreakerSettings

FIRST, SECOND = "sk-upstream-0-0", "sk-upstream-0-1"
SPARE = "sk-upstream-1-0"


async def answered(at: Scene, call: Call | None = None, tally: Tally | None = None) -> Answer:
    call = call or at.call()
    routes = plan(at.board.served["m"], "openai.chat", at.clock.draw)
    return await at.failover.answer(call, routes, tally or Tally(at.clock.monotonic), at.caller)


async def test_the_first_good_answer_ends_it_and_keys_take_turns() -> None:
    at = scene(plain(), plain(), plain())
    for _ in range(3):
        assert isinstance(await answered(at), PlainAnswer)
    assert at.transport.keys() == [FIRST, SECOND, FIRST]


@pytest.mark.parametrize(
    "bad",
    [refused(401), refused(403), refused(429), refused(402), refused(400, code="invalid_api_key")],
    ids=["401", "403", "429", "402", "400-key"],
)
async def test_a_bad_key_is_benched_and_the_next_one_answers(bad: ScriptedInbound) -> None:
    at = scene(bad, plain(), plain(), upstreams=2)
    tally = Tally(at.clock.monotonic)
    await answered(at, tally=tally)
    await answered(at)
    assert at.transport.keys() == [FIRST, SECOND, SECOND]
    assert [attempt.fault for attempt in tally.attempts] == ["key", None]


@pytest.mark.parametrize(
    "bad",
    [
        refused(500),
        refused(404, code="model_not_found"),
        ConnectFailed("refused"),
        UpstreamTimeout("silent", phase="first_byte"),
        ScriptedInbound(b"<html>", headers=[(b"content-type", b"text/html")]),
        ScriptedInbound(b'{"error": {"message": "x", "code": "overloaded"}}'),
    ],
    ids=["500", "404", "refused", "timeout", "html", "error-200"],
)
async def test_a_bad_route_gives_way_to_the_next_without_harm_to_the_key(bad: ScriptedInbound | Exception) -> None:
    at = scene(bad, plain(), upstreams=2)
    tally = Tally(at.clock.monotonic)
    await answered(at, tally=tally)
    assert at.transport.keys() == [FIRST, SPARE]
    assert tally.route is not None
    assert tally.route.upstream.name == "up1"
    assert {health.worst(at.clock.at) for health in at.board.pools["up_0"].healths().values()} == {"ready"}


async def test_a_stream_that_does_not_begin_gives_way_too() -> None:
    at = scene(stream(b": wait\n\n"), stream(delta("Hi"), DONE), upstreams=2)
    assert isinstance(await answered(at, at.call(stream=True)), StreamAnswer)
    assert at.transport.keys() == [FIRST, SPARE]


async def test_an_error_in_a_200_that_blames_the_key_benches_it() -> None:
    at = scene(ScriptedInbound(b'{"error": {"message": "x", "code": "rate_limit_exceeded"}}'), plain())
    await answered(at)
    assert at.transport.keys() == [FIRST, SECOND]
    assert at.board.pools["up_0"].healths()["key_upstream-0-0"].worst(at.clock.at) == "limited"


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_the_callers_own_mistake_comes_back_in_the_vendors_words(status: int) -> None:
    at = scene(refused(status, message="bad sk-abcdefghijk", type="t", code="c", param="p"), upstreams=2)
    tally = Tally(at.clock.monotonic)
    with pytest.raises(VendorRefusal) as back:
        await answered(at, tally=tally)
    error = back.value
    assert (error.public_status, error.public_type, error.public_code, error.param) == (status, "t", "c", "p")
    assert (error.message, error.retry) == ("bad ***", False)
    assert at.transport.keys() == [FIRST]
    assert [attempt.fault for attempt in tally.attempts] == ["caller"]


async def test_a_refusal_without_words_gets_ours() -> None:
    at = scene(ScriptedInbound(b"", status=400, headers=[]))
    with pytest.raises(VendorRefusal) as back:
        await answered(at)
    assert (back.value.message, back.value.public_type) == (
        "The model's vendor refused the request.",
        "invalid_request_error",
    )


@pytest.mark.parametrize(("header", "wait_s"), [((b"retry-after", b"7"), 7.0), ((b"x", b"y"), 1.0)])
async def test_all_keys_benched_tells_when_the_first_is_back(header: tuple[bytes, bytes], wait_s: float) -> None:
    at = scene(refused(429, headers=(header,)), refused(429, headers=((b"retry-after", b"90"),)))
    for _ in range(2):
        with pytest.raises(NoRoute) as benched:
            await answered(at)
        assert benched.value.retry_after_s == wait_s
    assert len(at.transport.asked) == 2  # the second call asked nobody


async def test_a_benched_key_is_lent_again_when_its_time_has_come() -> None:
    at = scene(refused(429, headers=((b"retry-after", b"7"),)), plain(), keys=1)
    with pytest.raises(NoRoute):
        await answered(at)
    at.clock.at += 7.0
    await answered(at)
    assert at.transport.keys() == [FIRST, FIRST]


async def test_a_success_ends_the_row_of_failures() -> None:
    at = scene(refused(429), plain(), keys=1)
    with pytest.raises(NoRoute):
        await answered(at)
    at.clock.at += 1.0
    await answered(at)
    (health,) = at.board.pools["up_0"].healths().values()
    assert (health.worst(at.clock.at), health.account.by_model) == ("ready", {})


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ((ConnectFailed("refused"), refused(500)), Declined),
        ((refused(500), ConnectFailed("refused")), ConnectFailed),
        ((refused(500), ScriptedInbound(b"{")), BadAnswer),
        ((refused(500), ScriptedInbound(b'{"error": {"code": "x"}}')), VendorFailure),
    ],
)
async def test_when_every_route_fails_the_last_error_is_told(
    answers: tuple[ScriptedInbound | Exception, ...], error: type[UpstreamError]
) -> None:
    at = scene(*answers, upstreams=2)
    with pytest.raises(error):
        await answered(at)


async def test_attempts_are_bounded() -> None:
    at = scene(*[refused(500) for _ in range(3)], upstreams=5, attempts_max=3)
    with pytest.raises(Declined):
        await answered(at)
    assert len(at.transport.asked) == 3


async def test_no_attempt_begins_after_the_calls_time() -> None:
    at = scene(upstreams=2)
    at.transport.then(stream(at.clock.pass_s(TOTAL_S)), plain())
    with pytest.raises(Truncated):
        await answered(at, at.call(stream=True))
    assert at.transport.keys() == [FIRST]


async def test_a_call_whose_time_is_over_asks_nobody() -> None:
    at = scene(plain())
    call = at.call()
    at.clock.at += TOTAL_S
    with pytest.raises(DeadlineExceeded):
        await answered(at, call)
    assert at.transport.asked == []


async def test_the_log_names_keys_by_their_fingerprint_and_tells_no_words_of_the_vendor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = scene(refused(429, message="the prompt was: secret plan"), plain())
    with caplog.at_level(logging.WARNING):
        await answered(at)
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert [record.message for record in caplog.records] == ["attempt failed"]
    assert "secret plan" not in logged
    assert FIRST not in logged


async def test_after_a_guessed_wait_one_call_probes_and_others_take_other_keys() -> None:
    at = scene(refused(429), plain(), plain(), plain())
    await answered(at)
    at.clock.at += 1.0
    pool = at.board.pools["up_0"]
    probe = pool.lease("m-0", at.clock.at, {"key_upstream-0-1"})
    assert probe is not None
    await answered(at)
    await answered(at)
    assert at.transport.keys() == [FIRST, SECOND, SECOND, SECOND]


async def test_a_call_goes_beside_a_probe_rather_than_be_turned_away() -> None:
    at = scene(refused(429), plain(), keys=1)
    with pytest.raises(NoRoute):
        await answered(at)
    at.clock.at += 1.0
    assert at.board.pools["up_0"].lease("m-0", at.clock.at) is not None
    await answered(at)
    assert at.transport.keys() == [FIRST, FIRST]


async def test_a_route_that_failed_is_no_last_resort() -> None:
    at = scene(refused(500), keys=1)
    with pytest.raises(Declined):
        await answered(at)
    assert at.transport.keys() == [FIRST]


async def test_an_unknown_401_leaves_the_keys_other_models_alone() -> None:
    at = scene(refused(401), plain())
    await answered(at)
    (first, _) = at.board.pools["up_0"].healths().values()
    assert [first.state(model, at.clock.at) for model in ("m-0", "n", None)] == ["refused", "ready", "ready"]


@pytest.mark.parametrize("reset", [b"50s", b"0.5"])
async def test_a_key_of_whose_limit_nothing_is_left_rests_before_the_vendor_says_no(reset: bytes) -> None:
    last = plain()
    last.headers = [*JSON, (b"x-ratelimit-remaining-requests", b"0"), (b"x-ratelimit-reset-requests", reset)]
    at = scene(last, plain(), plain())
    for _ in range(3):
        await answered(at)
    assert at.transport.keys() == [FIRST, SECOND, SECOND]
    assert at.board.pools["up_0"].healths()["key_upstream-0-0"].account.by_model["m-0"].told


async def test_a_429_without_a_wait_takes_that_of_the_rate_headers() -> None:
    spent = ((b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", b"40"))
    at = scene(refused(429, headers=spent), keys=1)
    with pytest.raises(NoRoute) as benched:
        await answered(at)
    assert benched.value.retry_after_s == 40.0


async def test_calls_above_a_ceiling_of_ours_go_elsewhere() -> None:
    at = scene(*[plain() for _ in range(3)], upstreams=2, keys=1)
    at.limit(Ceilings(rpm=1, tpm=100_000))
    for _ in range(2):
        await answered(at)
    assert sorted(at.transport.keys()) == [FIRST, SPARE]
    with pytest.raises(NoRoute) as full:
        await answered(at)
    assert full.value.retry_after_s == pytest.approx(60, abs=5)


async def test_a_call_gives_its_key_back_when_it_ends() -> None:
    at = scene(*[plain() for _ in range(3)], keys=1)
    at.limit(Ceilings(concurrency=1, tpm=10_000))
    for _ in range(3):
        await at.relay.run(at.call(), at.caller)
    (health,) = at.board.pools["up_0"].healths().values()
    quota = health.account.quota
    assert quota is not None
    assert (quota.in_flight, quota.requests, quota.tokens) == (0, 3, 3 * 15)


async def test_a_call_waits_for_a_key_that_is_back_soon_and_tells_how_long() -> None:
    at = scene(refused(429, headers=((b"retry-after", b"2"),)), plain(), keys=1, key_wait_s=5)
    tally = Tally(at.clock.monotonic)
    answer = asyncio.create_task(answered(at, tally=tally))
    await until(lambda: len(at.patience.lines) == 1)
    at.clock.at += 2.0
    assert isinstance(await answer, PlainAnswer)
    assert [attempt.fault for attempt in tally.attempts] == ["key", None]
    assert (tally.waited_s, at.transport.keys()) == (2.0, [FIRST, FIRST])


async def test_a_call_that_is_refused_again_waits_again() -> None:
    at = scene(*[refused(429) for _ in range(3)], plain(), keys=1, key_wait_s=30)
    answer = asyncio.create_task(answered(at))
    for count in (1, 2, 3):
        await until(lambda count=count: len(at.transport.asked) == count and len(at.patience.lines) == 1)  # type: ignore[misc]
        at.clock.at += 2.0**count
    assert isinstance(await answer, PlainAnswer)


async def test_nobody_waits_for_a_key_that_takes_too_long() -> None:
    at = scene(refused(429, headers=((b"retry-after", b"6"),)), keys=1, key_wait_s=5)
    for _ in range(2):
        with pytest.raises(NoRoute) as benched:
            await answered(at)
        assert benched.value.retry_after_s == 6.0
    assert len(at.transport.asked) == 1


async def test_no_more_is_waited_for_once_every_attempt_is_made() -> None:
    at = scene(refused(429), refused(429), keys=1, attempts_max=2, key_wait_s=30)
    answer = asyncio.create_task(answered(at))
    await until(lambda: len(at.patience.lines) == 1)
    at.clock.at += 1.0
    with pytest.raises(NoRoute):
        await answer


async def test_a_broken_route_is_not_waited_for() -> None:
    at = scene(refused(500), keys=1, key_wait_s=30)
    with pytest.raises(Declined):
        await answered(at)


async def test_who_comes_later_waits_behind_those_who_wait_already() -> None:
    at = scene(
        refused(429, headers=((b"retry-after", b"2"),)), *[plain("first"), plain("second")], keys=1, key_wait_s=9
    )
    first = asyncio.create_task(answered(at))
    await until(lambda: len(at.patience.lines) == 1)
    at.clock.at += 2.0
    second = asyncio.create_task(answered(at))
    answers = await first, await second
    assert [b"first" in answers[0].body, b"second" in answers[1].body] == [True, True]  # type: ignore[union-attr]


async def test_a_thousand_calls_send_one_probe_and_go_on_when_it_has_gone_well() -> None:
    at = scene(refused(429), keys=1, key_wait_s=30)
    probe = asyncio.Event()
    good = plain()
    at.transport.then(ScriptedInbound(probe.wait, *good._steps), *[plain() for _ in range(999)])
    answers = [asyncio.create_task(answered(at)) for _ in range(1000)]
    await until(lambda: len(at.patience.lines) == 1000)
    asked = len(at.transport.asked)
    at.clock.at += 1.0
    await until(lambda: len(at.transport.asked) == asked + 1)
    await asyncio.sleep(0.2)
    assert len(at.transport.asked) == asked + 1  # the probe, alone
    probe.set()
    await asyncio.gather(*answers)
    assert len(at.transport.asked) == asked + 1000


async def test_at_the_end_of_its_wait_a_call_goes_beside_a_probe() -> None:
    at = scene(plain(), keys=1, key_wait_s=1.5)
    pool = at.board.pools["up_0"]
    lease = pool.lease("m-0", at.clock.at)
    assert lease is not None
    lease.fail("limited", at.clock.at, None, "429")
    at.clock.at += 1.0
    assert pool.lease("m-0", at.clock.at) is not None  # the probe, of which nothing is heard
    answer = asyncio.create_task(answered(at))
    await until(lambda: len(at.patience.lines) == 1)
    at.clock.at += 1.0
    assert isinstance(await answer, PlainAnswer)


async def test_a_call_that_no_route_can_say_does_not_wait() -> None:
    at = scene(vendor="mute", key_wait_s=30)
    with pytest.raises(NoRoute):
        await answered(at)


async def test_a_caller_who_hangs_up_while_it_waits_is_gone_and_owes_nothing() -> None:
    at = scene(refused(429, headers=((b"retry-after", b"4"),)), keys=1, key_wait_s=5)
    call = asyncio.create_task(at.relay.run(at.call(), at.caller))
    await until(lambda: len(at.patience.lines) == 1)
    at.caller.hang_up()
    with pytest.raises(CallerGone):
        await call
    assert (at.spent, at.record.outcome, len(at.patience.lines)) == (0, "caller_gone", 0)


TRIPPED = BreakerSettings(attempts_min=2, failed_percent=100, backoff_s=5, backoff_max_s=5)


def breaker(at: Scene, upstream: int = 0) -> Breaker:
    routes = (route for tier in at.board.served["m"].tiers for route in tier)
    found = next(route.breaker for route in routes if route.upstream.name == f"up{upstream}")
    assert found is not None
    return found


async def tripped(*answers: ScriptedInbound | Exception, upstreams: int = 2) -> Scene:
    """The breaker of up0 is open."""
    at = scene(refused(500), plain(), refused(500), plain(), *answers, upstreams=upstreams)
    at.route(breaker=TRIPPED)
    for _ in range(2):
        await answered(at)
    assert breaker(at).state == "open"
    at.transport.asked.clear()
    return at


async def test_an_open_breaker_puts_its_route_behind_all_others() -> None:
    at = await tripped(plain(), refused(500), plain())
    tally = Tally(at.clock.monotonic)
    await answered(at, tally=tally)
    assert [attempt.upstream for attempt in tally.attempts] == ["up1"]
    assert tally.passed_over == (("up0", "m-0", "its breaker is open"),)
    assert breaker(at).cause.startswith("2 of 2 attempts failed")
    last = Tally(at.clock.monotonic)
    await answered(at, tally=last)  # nothing else is left
    assert [attempt.upstream for attempt in last.attempts] == ["up1", "up0"]
    assert breaker(at).closed


async def test_when_every_breaker_is_open_all_are_tried() -> None:
    at = scene(*(refused(500) for _ in range(5)), plain(), upstreams=2)
    at.route(breaker=TRIPPED)
    for _ in range(2):
        with pytest.raises(Declined):
            await answered(at)
    assert (breaker(at, 0).state, breaker(at, 1).state) == ("open", "open")
    tally = Tally(at.clock.monotonic)
    await answered(at, tally=tally)
    assert [attempt.upstream for attempt in tally.attempts] == ["up0", "up1"]
    assert (breaker(at, 0).state, breaker(at, 1).state) == ("open", "closed")


async def test_after_its_back_off_one_call_probes_and_the_others_go_elsewhere() -> None:
    probed, go = stream(), asyncio.Event()
    probed._steps.extend([go.wait, delta("Hi", finish="stop")])
    at = await tripped(probed, plain())
    at.clock.at += 6
    tally = Tally(at.clock.monotonic)
    probing = asyncio.create_task(answered(at, at.call(stream=True), tally))
    await until(lambda: breaker(at).state == "half_open")
    beside = Tally(at.clock.monotonic)
    await answered(at, tally=beside)
    assert [attempt.upstream for attempt in beside.attempts] == ["up1"]
    go.set()
    await probing
    assert (breaker(at).state, tally.attempts[0].upstream) == ("closed", "up0")


async def test_a_probe_whose_caller_leaves_makes_room_for_another() -> None:
    probed, never = stream(), asyncio.Event()
    probed._steps.append(never.wait)
    at = await tripped(probed, plain())
    at.clock.at += 6
    probing = asyncio.create_task(at.relay.run(at.call(stream=True), at.caller))
    await until(lambda: breaker(at).state == "half_open")
    probing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probing
    assert breaker(at).state == "open"
    at.clock.at += 6
    assert breaker(at).due(at.clock.monotonic())


@pytest.mark.parametrize("status", [429, 401, 402])
async def test_a_probe_that_meets_only_bad_keys_says_nothing(status: int) -> None:
    at = await tripped(refused(status), refused(status), plain())
    at.clock.at += 6
    await answered(at)
    assert (breaker(at).state, breaker(at).counts()) == ("open", (0, 2))


@pytest.mark.parametrize(
    ("bad", "counts"),
    [
        (refused(500), (0, 1)),
        (ConnectFailed("no"), (0, 1)),
        (refused(404, code="model_not_found"), (0, 1)),
        (refused(429), (0, 0)),
        (refused(401), (0, 0)),
        (refused(402), (0, 0)),
        (plain(), (1, 0)),
    ],
    ids=["500", "connect", "404", "429", "401", "402", "good"],
)
async def test_what_counts_in_a_breaker(bad: ScriptedInbound | Exception, counts: tuple[int, int]) -> None:
    at = scene(bad, plain(), upstreams=2, keys=1)
    await answered(at)
    assert breaker(at).counts() == counts


async def test_a_caller_s_own_fault_shows_that_the_upstream_works() -> None:
    at = scene(refused(400, code="context_length_exceeded"), upstreams=2)
    with pytest.raises(VendorRefusal):
        await answered(at)
    assert breaker(at).counts() == (1, 0)


async def test_when_the_call_s_own_time_runs_out_nobody_else_is_to_blame() -> None:
    late = UpstreamTimeout("late", phase="total")
    at = scene(late)
    call = at.call()
    at.clock.at = call.deadline - 0.001
    with pytest.raises(UpstreamTimeout):
        await answered(at, call)
    assert breaker(at).counts() == (0, 0)
    assert at.board.served["m"].tiers[0][0].statistics.failed_share() is None


async def test_a_model_without_breakers_tries_its_routes_in_their_order() -> None:
    at = scene(*(answer for _ in range(3) for answer in (refused(500), plain())), upstreams=2)
    at.route(breaker=BreakerSettings(enabled=False, attempts_min=1))
    for _ in range(3):
        await answered(at)
    assert len(at.transport.asked) == 6


@pytest.mark.parametrize("key_wait_s", [0.0, 5.0])
async def test_a_route_whose_keys_are_all_refused_leaves_others_some_of_the_attempts(key_wait_s: float) -> None:
    at = scene(*[refused(429) for _ in range(4)], plain(), upstreams=2, keys=20, key_wait_s=key_wait_s)
    await answered(at)
    assert at.transport.keys() == [f"sk-upstream-0-{number}" for number in range(4)] + [SPARE]


@pytest.mark.parametrize("key_wait_s", [0.0, 5.0])
async def test_attempts_that_others_left_are_made_with_more_keys(key_wait_s: float) -> None:
    answers = refused(429), refused(429), refused(500), plain()
    at = scene(*answers, upstreams=2, keys=3, attempts_max=5, key_wait_s=key_wait_s)
    await answered(at)
    assert at.transport.keys() == [FIRST, SECOND, SPARE, "sk-upstream-0-2"]


@pytest.mark.parametrize("status", [401, 403])
async def test_no_key_is_benched_for_all_models_for_one_whose_name_a_caller_made_up(status: int) -> None:
    """Two such names would else bar the key from every model."""
    at = scene(*(refused(status) for _ in range(2)), keys=1)
    m = msgspec.structs.replace(at.store.known.models[0], matches=("*",), routes=(ModelRoute("up0", "{name}"),))
    at.board = board_of(msgspec.structs.replace(at.store.known, models=(m,)), VENDORS)
    for name in ("gpt-1", "gpt-2"):
        call = at.call(model=name)
        routes = plan(at.board.find(call.token, name), "openai.chat", at.clock.draw)
        with pytest.raises(NoRoute):
            await at.failover.answer(call, routes, Tally(at.clock.monotonic), at.caller)
    now = at.clock.monotonic()
    assert at.board.pools["up_0"].ready_in_s("gpt-3", now) == 0
    assert at.board.pools["up_0"].ready_in_s("gpt-2", now) > 0
