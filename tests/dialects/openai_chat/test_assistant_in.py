"""What the assistant said."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.openai_chat.assistant_in import assistant_parts
from waystation.dialects.seal import wrap
from waystation.dialects.table import Table
from waystation.wire.chat import (
    Annotation,
    ImagePart,
    Link,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.errors import BadAnswer, BadRequest


def read(message: dict[str, Any], *, answer: bool = False) -> tuple[Part, ...]:
    table = Table(json.dumps(message).encode(), "messages[1]", answer=answer)
    return assistant_parts(table, "call_1", answer=answer)


def call(**members: Any) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}} | members


def test_thoughts_come_before_text_and_calls_after_it() -> None:
    message = {"tool_calls": [call()], "refusal": "no", "content": "yes", "reasoning_content": "hm"}
    assert read(message) == (
        ThinkingPart(text="hm"),
        TextPart(text="yes"),
        RefusalPart(text="no"),
        ToolCallPart(id="c", name="f", arguments="{}"),
    )


def test_an_empty_text_is_none() -> None:
    assert read({"content": "", "refusal": "", "tool_calls": None}) == ()


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (call(id=None), ToolCallPart(id="call_1_0", name="f", arguments="{}")),
        (call(id=5), ToolCallPart(id="call_1_0", name="f", arguments="{}", extras={"id": msgspec.Raw(b"5")})),
        (call(index=3), ToolCallPart(id="c", name="f", arguments="{}")),
        (call(function={}), ToolCallPart(id="c", name="", arguments="")),
        (call(function={"name": "f", "arguments": {"a": 1}}), ToolCallPart(id="c", name="f", arguments='{"a": 1}')),
        (
            {"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}},
            ToolCallPart(id="c", name="f", arguments="x", custom=True),
        ),
        (
            call(extra_content={"google": {"thought_signature": "s", "x": 1}}),
            ToolCallPart(
                id="c",
                name="f",
                arguments="{}",
                seal=Seal("openai.chat", "s"),
                extras={"extra_content.google.x": msgspec.Raw(b"1")},
            ),
        ),
        (
            call(extra_content={"google": {"thought_signature": wrap(Seal("gemini.generate", "s"))}}),
            ToolCallPart(id="c", name="f", arguments="{}", seal=Seal("gemini.generate", "s")),
        ),
        (
            call(extra_content={"x": 1}),
            ToolCallPart(id="c", name="f", arguments="{}", extras={"extra_content.x": msgspec.Raw(b"1")}),
        ),
    ],
)
def test_calls_are_read_however_they_are_written(written: dict[str, Any], part: Part) -> None:
    assert read({"tool_calls": [written]}) == (part,)


def test_an_old_function_call_is_a_call() -> None:
    message = {"function_call": {"name": "f", "arguments": "{}", "x": 1}}
    expected = ToolCallPart(id="call_1_0", name="f", arguments="{}", extras={"x": msgspec.Raw(b"1")})
    assert read(message) == (expected,)


def test_a_call_that_is_written_twice_counts_once() -> None:
    message = {"tool_calls": [call()], "function_call": {"name": "f", "arguments": "{}"}}
    assert read(message) == (ToolCallPart(id="c", name="f", arguments="{}"),)


def test_citations_stand_on_the_last_text() -> None:
    raw = b'{"type": "url_citation", "url_citation": {"url": "u"}}'
    message = {
        "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        "annotations": [json.loads(raw)],
    }
    cited = Annotation(url="u", raw=msgspec.Raw(raw))
    assert read(message) == (TextPart(text="a"), TextPart(text="b", annotations=(cited,)))


def test_citations_without_a_text_are_left() -> None:
    table = Table(b'{"content":null,"annotations":[{}]}')
    assert assistant_parts(table, "call") == ()
    assert table.left() == {"annotations": msgspec.Raw(b"[{}]")}


def test_images_that_a_model_drew_are_read() -> None:
    images = [{"type": "image_url", "image_url": {"url": "https://x"}}, {"type": "text", "text": "no image"}]
    assert read({"content": "", "images": images}) == (ImagePart(source=Link("https://x")),)


def test_a_call_without_a_function_is_no_call() -> None:
    with pytest.raises(BadRequest) as caught:
        read({"tool_calls": [{"id": "c"}]})
    assert caught.value.param == "messages[1].tool_calls[0].function"
    with pytest.raises(BadAnswer):
        read({"tool_calls": [{"id": "c"}]}, answer=True)
