"""A whole answer, as a caller of this language reads it."""

import json
from typing import Any

import msgspec
import pytest

from waystation.dialects.anthropic_messages.reply_in import decode_reply
from waystation.dialects.anthropic_messages.reply_out import encode_reply
from waystation.dialects.anthropic_messages.seals import OF_NEXT_CALL, OF_NEXT_TEXT, marked
from waystation.dialects.codec import Asked
from waystation.dialects.seal import wrap
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    ForeignPart,
    FunctionTool,
    ImagePart,
    Link,
    Message,
    Part,
    Reasoning,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from waystation.wire.dialect import Dialect
from waystation.wire.usage import Heard, Usage

OTHER = Seal("gemini.generate", "c2ln")
OWN = Seal("anthropic.messages", "S")
THINK = Reasoning(enabled=True)
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())


def asked(**members: Any) -> Asked:
    hi = Message(role="user", parts=(TextPart(text="Hi"),))
    request = ChatRequest(dialect="anthropic.messages", model="public", messages=(hi,), **members)
    return Asked(request=request, call_id="call_9", at=5)


def write(*parts: Part, source: Dialect = "openai.chat", **members: Any) -> Any:
    reply = ChatReply(dialect=source, choices=(Choice(parts=parts),), heard=HEARD)
    return json.loads(encode_reply(reply, asked(**({"reasoning": THINK} | members))))["content"]


def test_an_answer_of_another_language() -> None:
    reply = ChatReply(
        dialect="openai.chat",
        id="chatcmpl-1",
        model="gpt",
        choices=(Choice(parts=(TextPart(text="4"),), finish_reason="length"), Choice(index=1)),
        heard=HEARD,
        extras={"system_fingerprint": msgspec.Raw(b'"x"')},
    )
    assert json.loads(encode_reply(reply, asked())) == {
        "id": "msg_9",
        "type": "message",
        "role": "assistant",
        "model": "gpt",
        "content": [{"type": "text", "text": "4"}],
        "stop_reason": "max_tokens",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 4,
        },
    }


def test_an_answer_without_anything() -> None:
    got = json.loads(encode_reply(ChatReply(dialect="openai.chat"), asked()))
    assert (got["model"], got["content"], got["stop_reason"]) == ("public", [], "end_turn")
    assert got["usage"] == {"input_tokens": 1, "output_tokens": 0}


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (TextPart(text=""), []),
        (RefusalPart(text="no"), [{"type": "text", "text": "no"}]),
        (TextPart(text="t", seal=OTHER), [marked(OTHER, OF_NEXT_TEXT), {"type": "text", "text": "t"}]),
        (TextPart(text="t", annotations=(Annotation(quote="q"),)), [{"type": "text", "text": "t"}]),
        (ThinkingPart(text="h"), [{"type": "thinking", "thinking": "h", "signature": ""}]),
        (ThinkingPart(text="h", seal=OTHER), [{"type": "thinking", "thinking": "h", "signature": wrap(OTHER)}]),
        (ThinkingPart(seal=OWN, redacted=True), [{"type": "redacted_thinking", "data": "S"}]),
        (ThinkingPart(redacted=True), []),
        (ThinkingPart(), []),
        (
            ToolCallPart(id="i", name="f", arguments="{", seal=OTHER),
            [marked(OTHER, OF_NEXT_CALL), {"type": "tool_use", "id": "i", "name": "f", "input": {"input": "{"}}],
        ),
        (
            ToolCallPart(id="i", name="f", arguments="{}", custom=True),
            [{"type": "tool_use", "id": "i", "name": "f", "input": {"input": "{}"}}],
        ),
        (ForeignPart(dialect="anthropic.messages", kind="x", raw=msgspec.Raw(b'{"type":"x"}')), [{"type": "x"}]),
        (ForeignPart(dialect="gemini.generate", kind="x", raw=msgspec.Raw(b"{}")), []),
        (ImagePart(source=Link("https://x")), []),
    ],
)
def test_every_part(part: Part, blocks: object) -> None:
    assert write(part) == blocks


def test_citations_of_another_language() -> None:
    (block,) = write(TextPart(text="t", annotations=(Annotation(url="https://y"),)))
    assert [citation["url"] for citation in block["citations"]] == ["https://y"]


def test_thoughts_that_are_omitted_leave_their_seal() -> None:
    hidden = Reasoning(enabled=True, summary="none")
    sealed = ThinkingPart(text="h", seal=OWN)
    assert write(sealed, ThinkingPart(text="h"), reasoning=hidden) == [
        {"type": "thinking", "thinking": "", "signature": "S"}
    ]


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"reasoning": None}, False),
        ({"reasoning": Reasoning(enabled=False)}, False),
        ({"reasoning": None, "tools": (FunctionTool(name="f"),)}, True),
        ({"reasoning": Reasoning(effort="low")}, True),
    ],
)
def test_whoever_asked_for_no_thinking_sees_none(members: dict[str, Any], shown: bool) -> None:
    assert bool(write(ThinkingPart(text="h"), **members)) is shown


def test_its_own_answer_comes_back_as_it_was() -> None:
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "h", "signature": "S"},
            {"type": "redacted_thinking", "data": "D"},
            {"type": "text", "text": "t", "citations": [{"type": "page_location", "cited_text": "q"}], "x": 1},
            {"type": "tool_use", "id": "i", "name": "f", "input": {"a": 1}, "caller": {"type": "direct"}},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "container": {"id": "c"},
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 4,
            "server_tool_use": {"web_search_requests": 1},
        },
    }
    reply = decode_reply(json.dumps(answer).encode(), "call_9")
    assert json.loads(encode_reply(reply, asked(reasoning=THINK))) == answer
