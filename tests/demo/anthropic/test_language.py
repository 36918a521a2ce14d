"""Anthropic's Messages at its path."""

import pytest

from tests.demo.raw import parse
from tests.demo.speakers import ANTHROPIC, VERSION, call, events, speak
from waystation.demo.anthropic.language import Anthropic
from waystation.demo.refusals import BROKEN, OVERLOADED, Refusal
from waystation.demo.upstream import DemoSettings, DemoUpstream

SAID = [ANTHROPIC.user("Hello you")]


async def test_a_stream_is_of_named_events() -> None:
    async with DemoUpstream() as upstream:
        got = await speak(upstream, ANTHROPIC, SAID, stream=True)
    assert got.header("content-type") == "text/event-stream; charset=utf-8"
    names = [line[7:] for line in got.body.decode().split("\n") if line.startswith("event: ")]
    assert names == [event["type"] for event in events(got)]


@pytest.mark.parametrize(
    ("headers", "text"),
    [((), "header is required"), (("anthropic-version: 2020-01-01",), '"2020-01-01" is not a valid version')],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
async def test_a_version_is_wanted(path: str, headers: tuple[str, ...], text: str) -> None:
    async with DemoUpstream() as upstream:
        got = await call(upstream, path, ANTHROPIC.body(SAID), *headers)
    assert (got.status, got.json()["error"]["type"]) == (400, "invalid_request_error")
    assert text in got.error()["message"]


async def test_the_newest_version_takes_no_temperature() -> None:
    async with DemoUpstream() as upstream:
        for version, status in (("2023-06-01", 200), ("2026-10-21", 400)):
            body = ANTHROPIC.body(SAID, temperature=1)
            got = await call(upstream, ANTHROPIC.path, body, f"anthropic-version: {version}")
            assert got.status == status


async def test_tokens_are_counted_without_a_model_call() -> None:
    async with DemoUpstream() as upstream:
        body = {"model": "m", "messages": SAID, **ANTHROPIC.with_tool}
        got = await call(upstream, "/v1/messages/count_tokens", body, VERSION)
        answer = (await speak(upstream, ANTHROPIC, SAID, model="m", **ANTHROPIC.with_tool)).json()
        assert got.json() == {"input_tokens": answer["usage"]["input_tokens"]}
        assert upstream.calls[0].usage is None


async def test_a_key_comes_in_either_header() -> None:
    async with DemoUpstream(DemoSettings(keys=("sk-good",))) as upstream:
        for key, header in (("sk-good", "x-other: 1"), ("sk-other", "x-api-key: sk-good")):
            got = await call(upstream, ANTHROPIC.path, ANTHROPIC.body(SAID), VERSION, header, key=key)
            assert got.status == 200
        got = await call(upstream, ANTHROPIC.path, ANTHROPIC.body(SAID), VERSION, "x-api-key: sk-x", key="sk-good")
        assert (got.status, got.error()["type"]) == (401, "authentication_error")
    assert Anthropic().wrong_key("").message == "x-api-key header is required"


def test_an_error_names_its_request() -> None:
    body = parse(b"HTTP/1.1 500 x\r\n\r\n" + Anthropic().error(BROKEN, "req_1")).json()
    assert body == {
        "type": "error",
        "error": {"type": "api_error", "message": "Internal server error", "details": None},
        "request_id": "req_1",
    }
    assert Anthropic().error_event(BROKEN, "req_1", 3) == body


@pytest.mark.parametrize(
    ("refusal", "kind"), [(OVERLOADED, "overloaded_error"), (Refusal(422, "x"), "invalid_request_error")]
)
def test_the_status_decides_on_the_type(refusal: Refusal, kind: str) -> None:
    event = Anthropic().error_event(refusal, "req_1", 0)
    assert f"'type': '{kind}'" in str(event)


async def test_limits_are_told_in_its_own_headers() -> None:
    async with DemoUpstream(DemoSettings(fault="429")) as upstream:
        got = await speak(upstream, ANTHROPIC, SAID)
        assert got.header("anthropic-ratelimit-requests-remaining") == "0"
        upstream.set_fault(None)
        assert (await speak(upstream, ANTHROPIC, SAID)).header("anthropic-ratelimit-requests-remaining") == "59"
