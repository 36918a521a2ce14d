"""Completions of old."""

from typing import Any

import pytest

from tests.demo.raw import Got
from tests.demo.speakers import call, events
from waystation.demo.upstream import DemoUpstream

PATH = "/v1/completions"


async def _got(**asked: Any) -> Got:
    async with DemoUpstream() as upstream:
        return await call(upstream, PATH, {"model": "demo", "prompt": "Hello, you there", **asked})


async def test_a_prompt_is_answered_like_a_user() -> None:
    body = (await _got()).json()
    assert (body["object"], body["choices"][0]["text"]) == ("text_completion", "You said: Hello, you there")
    assert (body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]) == (6, 5)
    assert body["id"].startswith("cmpl-")


async def test_a_stream_tells_usage_when_asked() -> None:
    *chunks, usage = events(await _got(stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == "You said: Hello, you there"
    assert ({chunk["usage"] for chunk in chunks}, usage["choices"]) == ({None}, [])
    assert usage["usage"]["total_tokens"] == 11
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert not any("usage" in chunk for chunk in events(await _got(stream=True)))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (["one", "two"], ["You said: two"] * 2),
        ([1, 2], ["You said: 1 2"]),
        ([[1, 2], [3]], ["You said: 3"] * 2),
    ],
)
async def test_several_prompts_have_several_choices(prompt: object, expected: list[str]) -> None:
    assert [choice["text"] for choice in (await _got(prompt=prompt)).json()["choices"]] == expected


async def test_a_limit_cuts_the_text() -> None:
    (choice,) = (await _got(max_tokens=2)).json()["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("You said:", "length")


@pytest.mark.parametrize(("asked", "text"), [({"model": ""}, "model"), ({"prompt": ""}, "prompt"), ({"n": 0}, "n")])
async def test_what_is_missing_is_refused(asked: dict[str, Any], text: str) -> None:
    got = await _got(**asked)
    assert (got.status, text in got.error()["message"]) == (400, True)


async def test_a_tool_is_not_called_here() -> None:
    body = (await _got(tools=[{"type": "function", "function": {"name": "f"}}])).json()
    assert body["choices"][0]["text"] == "You said: Hello, you there"
