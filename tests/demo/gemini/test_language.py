"""Gemini at its paths."""

import json
from typing import Any

from tests.demo.speakers import GEMINI, call, speak
from waystation.demo.upstream import DemoUpstream

SAID = [GEMINI.user("Hello you")]


async def test_without_alt_sse_a_stream_is_an_array() -> None:
    async with DemoUpstream() as upstream:
        path = "/v1beta/models/demo:streamGenerateContent"
        got = await call(upstream, path, {"contents": SAID})
        assert got.header("content-type") == "application/json; charset=UTF-8"
        assert GEMINI.said(GEMINI.whole(got.json())).text == "You said: Hello you"
        for fault in ("error-event-mid", "usage-late"):
            upstream.set_fault(fault)
            told = (await call(upstream, path, {"contents": SAID})).json()
            assert ("error" in told[-1]) == (fault == "error-event-mid")
        upstream.set_fault("500")
        refused = (await call(upstream, path, {"contents": SAID})).json()
        assert refused[0]["error"]["status"] == "INTERNAL"


async def test_a_stream_of_events_ends_its_lines_as_google_does() -> None:
    async with DemoUpstream() as upstream:
        got = await speak(upstream, GEMINI, SAID, stream=True)
        assert got.header("content-type") == "text/event-stream"
        assert got.body.endswith(b"}\r\n\r\n")


async def test_names_in_snake_case_are_read() -> None:
    async with DemoUpstream() as upstream:
        body = {"contents": SAID, "generation_config": {"max_output_tokens": 2}}
        got = await call(upstream, "/v1beta/models/demo:generateContent", body)
        assert GEMINI.said(got.json()).text == "You said:"


async def test_a_budget_of_nothing_stops_the_thought() -> None:
    async with DemoUpstream() as upstream:
        config = {"thinkingConfig": {"includeThoughts": True, "thinkingBudget": 0}}
        said = GEMINI.said((await speak(upstream, GEMINI, SAID, generationConfig=config)).json())
        assert (said.thought, said.tokens) == ("", (5, 4))


async def test_tokens_are_counted_in_both_forms() -> None:
    async with DemoUpstream() as upstream:
        path = "/v1beta/models/demo-cache:countTokens"
        whole: dict[str, Any] = {"generateContentRequest": {"model": "models/demo-cache", "contents": SAID}}
        for body in ({"contents": SAID}, whole):
            told = (await call(upstream, path, body)).json()
            assert (told["totalTokens"], told["cachedContentTokenCount"]) == (5, 2)
        assert {call.usage for call in upstream.calls} == {None}
        assert (await call(upstream, path, {"contents": []})).status == 400


async def test_what_is_unknown_is_refused_in_googles_form() -> None:
    async with DemoUpstream() as upstream:
        for body in ({"contents": SAID, "x": 1}, b"{", [1], {}):
            got = await call(upstream, "/v1beta/models/demo:generateContent", body)
            assert (got.status, json.loads(got.body)["error"]["status"]) == (400, "INVALID_ARGUMENT")
