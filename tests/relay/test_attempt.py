import asyncio
import json

import msgspec
import pytest

from tests.relay.world import (
    DONE,
    JSON,
    SSE,
    Scene,
    ScriptedInbound,
    Step,
    delta,
    plain,
    refused,
    scene,
    stream,
    until,
    usage,
)
from waystation import __version__
from waystation.relay.attempt import Answer, Attempter, Declined, PlainAnswer, StreamAnswer
from waystation.relay.call import Call
from waystation.relay.crossing import tap
from waystation.relay.tally import Tally
from waystation.wire.catalogue import Timeouts
from waystation.wire.errors import BadAnswer, BodyTooLarge, ConnectFailed, Truncated, UpstreamError, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.overrides import BodyRule, HeaderRules, Overrides, When
from waystation.wire.usage import Heard, Usage


async def attempt(at: Scene, call: Call, tally: Tally | None = None) -> Answer:
    """One try at the only upstream, with its first key."""
    ((route,),) = at.board.served["m"].tiers
    lease = at.board.pools["up_0"].lease("m-0", 0.0)
    assert lease is not None
    bridge = tap(call, route)
    assert bridge is not None
    tally = tally or Tally(at.clock.monotonic)
    return await Attempter(at.transport).run(call, route, bridge, lease, at.clock.at, tally)


async def test_the_request_is_the_callers_own_with_our_key_and_the_upstreams_model() -> None:
    at = scene(plain())
    call = at.call(seed=12)
    await attempt(at, call)
    (asked,) = at.transport.asked
    assert (asked.endpoint.host, asked.endpoint.base_path, asked.method, asked.path) == (
        "up0.internal.example",
        "/v1",
        "POST",
        "/chat/completions",
    )
    assert json.loads(asked.body) == {**json.loads(call.body), "model": "m-0"}
    assert dict(asked.headers) == {
        b"content-type": b"application/json",
        b"user-agent": f"waystation/{__version__}".encode(),
        b"accept": b"application/json",
        b"x-client-request-id": call.call_id.encode(),
        b"authorization": b"Bearer sk-upstream-0-0",
    }


async def test_a_stream_is_asked_for_with_its_usage() -> None:
    at = scene(stream(delta("Hi")))
    await attempt(at, at.call(stream=True))
    (asked,) = at.transport.asked
    assert dict(asked.headers)[b"accept"] == b"text/event-stream"
    assert json.loads(asked.body)["stream_options"] == {"include_usage": True}


async def test_an_attempt_has_no_more_time_than_the_call_has_left() -> None:
    at = scene(plain(), plain(), plain())
    call = at.call()
    ours = Timeouts().total_s
    await attempt(at, call)
    at.clock.at += 590.0
    await attempt(at, call)
    at.clock.at += 100.0
    await attempt(at, call)
    assert [asked.timeouts.total_s for asked in at.transport.asked] == [ours, 10.0, 0.001]
    assert at.transport.asked[1].timeouts == msgspec.structs.replace(Timeouts(), total_s=10.0)


async def test_a_plain_answer_is_read_whole_and_noted() -> None:
    inbound = plain("Hi!", tokens=(10, 5))
    at = scene(inbound)
    tally = Tally(at.clock.monotonic)
    answer = await attempt(at, at.call(), tally)
    assert isinstance(answer, PlainAnswer)
    assert (tally.heard, tally.delivered) == (Heard(Usage(input_tokens=10, output_tokens=5), ()), Weight(3))
    assert (tally.response_model, tally.finish_reasons, inbound.closed) == ("m-2026", ("stop",), True)


@pytest.mark.parametrize(
    "head",
    [[delta("Hi")], [b": wait\n\n", delta("Hi")], [delta("Hi")[:20], delta("Hi")[20:]], [usage(1, 1) + delta("Hi")]],
)
async def test_a_stream_is_open_once_its_first_event_is_good(head: list[Step]) -> None:
    inbound = stream(*head, DONE)
    at = scene(inbound)
    tally = Tally(at.clock.monotonic)
    answer = await attempt(at, at.call(stream=True), tally)
    assert isinstance(answer, StreamAnswer)
    assert (answer.head, answer.reader.started, tally.delivered) == (delta("Hi"), True, Weight())
    assert (inbound.left, inbound.closed) == (1, False)


@pytest.mark.parametrize(
    ("inbound", "error"),
    [
        (stream(), Truncated),
        (stream(b": wait\n\n", b""), Truncated),
        (stream(DONE), Truncated),
        (stream(b"data: {\n\n"), BadAnswer),
        (stream(b'data: {"error": {"code": "overloaded"}}\n\n'), VendorFailure),
        (ScriptedInbound(b"<html>", headers=[(b"content-type", b"text/html")]), BadAnswer),
        (ScriptedInbound(b"", headers=[]), BadAnswer),
        (ScriptedInbound(b'{"error": {"code": "x"}}'), VendorFailure),
        (ScriptedInbound(b"{}" + b" " * 70_000), BodyTooLarge),
        (ConnectFailed("refused"), ConnectFailed),
    ],
)
async def test_a_stream_that_does_not_begin_well_is_closed(
    inbound: ScriptedInbound | Exception, error: type[Exception]
) -> None:
    at = scene(inbound)
    tally = Tally(at.clock.monotonic)
    with pytest.raises(error):
        await attempt(at, at.call(stream=True), tally)
    assert tally.delivered is None
    assert isinstance(inbound, Exception) or inbound.closed


@pytest.mark.parametrize(
    ("inbound", "error"),
    [
        (ScriptedInbound(b"{}", headers=SSE), BadAnswer),
        (ScriptedInbound(b"{}", headers=[]), BadAnswer),
        (ScriptedInbound(b"{"), BadAnswer),
        (ScriptedInbound(b'{"choices": []}'), BadAnswer),
        (ScriptedInbound(b'{"error": {"message": "x", "code": "rate_limit_exceeded"}}'), VendorFailure),
    ],
)
async def test_a_plain_answer_that_is_none_is_closed(inbound: ScriptedInbound, error: type[Exception]) -> None:
    at = scene(inbound)
    tally = Tally(at.clock.monotonic)
    with pytest.raises(error):
        await attempt(at, at.call(), tally)
    assert (tally.delivered, inbound.closed) == (None, True)


async def test_json_in_place_of_a_stream_keeps_the_vendors_code_for_the_blame() -> None:
    at = scene(ScriptedInbound(b'{"error": {"message": "slow", "code": "rate_limit_exceeded", "type": "requests"}}'))
    with pytest.raises(VendorFailure) as failed:
        await attempt(at, at.call(stream=True))
    assert (failed.value.vendor_code, failed.value.vendor_type) == ("rate_limit_exceeded", "requests")


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_refusal_is_read_without_our_key_and_host(*, streaming: bool) -> None:
    message = "Key sk-upstream-0-0 of http://up0.internal.example/v1 is over its limit"
    inbound = refused(429, message=message, code="c", type="t", headers=((b"retry-after", b"7"),))
    at = scene(inbound)
    with pytest.raises(Declined) as declined:
        await attempt(at, at.call(stream=streaming))
    error = declined.value
    assert (error.refusal.status, error.refusal.code, error.refusal.type) == (429, "c", "t")
    assert (error.vendor_status, error.retry_after) == (429, b"7")
    assert error.complaint.message == "Key *** of http://***/v1 is over its limit"
    assert (str(error), inbound.closed) == ("the vendor answered 429 c", True)


@pytest.mark.parametrize("status", [302, 199, 500])
async def test_what_is_no_success_is_declined_even_without_words(status: int) -> None:
    at = scene(ScriptedInbound(status=status, headers=[]))
    with pytest.raises(Declined) as declined:
        await attempt(at, at.call())
    assert str(declined.value) == f"the vendor answered {status}"


async def test_an_endless_refusal_is_bounded() -> None:
    inbound = ScriptedInbound(b"x" * 100_000, status=500, headers=JSON)
    at = scene(inbound)
    with pytest.raises(UpstreamError):
        await attempt(at, at.call())
    assert inbound.closed


async def test_an_attempt_that_is_cancelled_closes_its_connection() -> None:
    inbound = stream(asyncio.Event().wait)
    at = scene(inbound)
    running = asyncio.create_task(attempt(at, at.call(stream=True)))
    await until(lambda: inbound.left == 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert inbound.closed


async def test_the_time_of_an_attempt_is_time_that_we_wait() -> None:
    at = scene()
    at.transport.then(ScriptedInbound(at.clock.pass_s(1.5), b"{"))
    tally = Tally(at.clock.monotonic)
    with pytest.raises(BadAnswer):
        await attempt(at, at.call(), tally)
    assert tally.waited_s == 1.5


@pytest.mark.parametrize(
    ("vendor", "headers", "known"),
    [
        ("openai_compatible", [(b"x-request-id", b"req-1"), (b"x-ds-trace-id", b"trace")], "req-1"),
        ("openai_compatible", [(b"x-ds-trace-id", b"trace")], "trace"),
        ("openai_compatible", [(b"x-request-id", b"r" * 5000)], "r" * 200),
        ("openai_compatible", [(b"x-request-id", b"")], None),
        ("metered", [], None),
    ],
)
async def test_the_vendors_own_name_for_the_answer_is_noted(
    vendor: str, headers: list[tuple[bytes, bytes]], known: str | None
) -> None:
    answer = plain()
    answer.headers = [*answer.headers, *headers]
    at = scene(answer, vendor=vendor)
    tally = Tally(at.clock.monotonic, vendor_request_id="of an attempt before")
    await attempt(at, at.call(), tally)
    assert tally.vendor_request_id == known


async def test_a_refusal_has_a_name_too() -> None:
    inbound = refused(429)
    inbound.headers = [*inbound.headers, (b"x-request-id", b"req-9")]
    at = scene(inbound)
    tally = Tally(at.clock.monotonic)
    with pytest.raises(Declined):
        await attempt(at, at.call(), tally)
    assert tally.vendor_request_id == "req-9"


async def test_the_operator_s_rules_are_applied_to_what_the_upstream_gets() -> None:
    at = scene(plain())
    at.override(
        Overrides(
            headers=HeaderRules(passed=("x-trace",), drop=("user-agent",), set=(("x-team", "a"),)),
            body=(
                BodyRule(action="set", member="temperature", value="0.6", when=When(stream=False)),
                BodyRule(action="drop", member="messages", when=When(stream=True)),
                BodyRule(action="rename", member="max_tokens", to="max_completion_tokens"),
            ),
            prefix="/team-a",
        )
    )
    call = msgspec.structs.replace(at.call(max_tokens=5), passed=((b"x-trace", b"t"), (b"x-other", b"o")))
    assert isinstance(await attempt(at, call), PlainAnswer)
    (asked,) = at.transport.asked
    assert asked.path == "/team-a/chat/completions"
    assert asked.body == call.body.replace(b'"m"', b'"m-0"').replace(b"max_tokens", b"max_completion_tokens")[:-1] + (
        b',"temperature":0.6}'
    )
    assert dict(asked.headers) == {
        b"content-type": b"application/json",
        b"accept": b"application/json",
        b"x-client-request-id": call.call_id.encode(),
        b"authorization": b"Bearer sk-upstream-0-0",
        b"x-trace": b"t",
        b"x-team": b"a",
    }


async def test_a_vendor_that_repeats_a_header_of_ours_is_not_quoted() -> None:
    at = scene(refused(400, message="no such team hunter2-hunter2"))
    at.override(Overrides(headers=HeaderRules(set=(("x-team", "hunter2-hunter2"),))))
    with pytest.raises(Declined) as caught:
        await attempt(at, at.call())
    assert caught.value.complaint.message == "no such team ***"
