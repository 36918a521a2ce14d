"""A whole answer, as a caller of Gemini reads it."""

import json
from typing import Any

import msgspec
import pytest

from tests.dialects.gemini_generate.streams import event
from waystation.dialects.codec import Asked
from waystation.dialects.gemini_generate.own import GivenReasoning
from waystation.dialects.gemini_generate.parts_in import part_of
from waystation.dialects.gemini_generate.reply_in import decode_reply
from waystation.dialects.gemini_generate.reply_out import encode_reply
from waystation.dialects.seal import wrap
from waystation.wire.chat import (
    Annotation,
    ChatReply,
    ChatRequest,
    Choice,
    FileId,
    FilePart,
    ForeignPart,
    ImagePart,
    Inline,
    Part,
    RefusalPart,
    Seal,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolResultPart,
)
from waystation.wire.dialect import Dialect
from waystation.wire.usage import Heard, Usage

SHOWN = GivenReasoning(summary="auto", config={})
OTHERS = Seal("anthropic.messages", "sig")


def asked(reasoning: GivenReasoning | None = SHOWN) -> Asked:
    request = ChatRequest(dialect="gemini.generate", model="m", messages=(), reasoning=reasoning)
    return Asked(request=request, call_id="call_9", at=7)


def told(reply: ChatReply, reasoning: GivenReasoning | None = SHOWN) -> Any:
    return json.loads(encode_reply(reply, asked(reasoning)))


def parts_of(*parts: Part, reasoning: GivenReasoning | None = SHOWN, dialect: Dialect = "openai.chat") -> Any:
    reply = ChatReply(dialect=dialect, choices=(Choice(parts=parts),))
    return told(reply, reasoning)["candidates"][0]["content"]["parts"]


def test_an_answer_of_another_vendor() -> None:
    heard = Heard(Usage(input_tokens=3, output_tokens=4), ())
    reply = ChatReply(
        dialect="openai.chat",
        id="chatcmpl-1",
        model="gpt",
        created=8,
        choices=(Choice(parts=(TextPart(text="a"),), finish_reason="length", extras={"x": msgspec.Raw(b"1")}),),
        heard=heard,
        extras={"y": msgspec.Raw(b"1")},
    )
    assert told(reply) == {
        "candidates": [
            {"content": {"parts": [{"text": "a"}], "role": "model"}, "index": 0, "finishReason": "MAX_TOKENS"}
        ],
        "modelVersion": "gpt",
        "createTime": "1970-01-01T00:00:08Z",
        "responseId": "9",
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
    }


def test_an_answer_may_say_little() -> None:
    assert told(ChatReply(dialect="openai.chat")) == {"candidates": [], "modelVersion": "m", "responseId": "9"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (TextPart(text="a", seal=OTHERS), {"text": "a", "thoughtSignature": wrap(OTHERS)}),
        (RefusalPart(text="no"), {"text": "no"}),
        (ThinkingPart(text="a"), {"text": "a", "thought": True}),
        (ThinkingPart(text="a", seal=OTHERS), {"text": "a", "thought": True, "thoughtSignature": wrap(OTHERS)}),
        (
            ToolCallPart(id="c", name="f", arguments='{"a":1}', seal=Seal("gemini.generate", "s")),
            {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}, "thoughtSignature": "s"},
        ),
        (
            ToolCallPart(id="c", name="f", arguments="free", custom=True),
            {"functionCall": {"id": "c", "name": "f", "args": {"input": "free"}}},
        ),
        (ImagePart(source=Inline("image/png", "AA==")), {"inlineData": {"mimeType": "image/png", "data": "AA=="}}),
    ],
)
def test_parts_of_another_vendor(part: Part, expected: object) -> None:
    assert parts_of(part) == [expected]


@pytest.mark.parametrize(
    "part",
    [
        ForeignPart(dialect="openai.responses", kind="web_search_call", raw=msgspec.Raw(b"{}")),
        FilePart(source=FileId("openai.chat", "f")),
        ToolResultPart(call_id="c", parts=()),
    ],
)
def test_what_gemini_can_not_say_is_left_out(part: Part) -> None:
    assert parts_of(part) == []


@pytest.mark.parametrize("reasoning", [None, GivenReasoning(summary="none", config={})])
def test_thoughts_are_hidden_from_those_who_did_not_ask(reasoning: GivenReasoning | None) -> None:
    hidden, sealed = ThinkingPart(text="a"), ThinkingPart(text="b", seal=OTHERS)
    expected = {"text": "", "thought": True, "thoughtSignature": wrap(OTHERS)}
    assert parts_of(hidden, sealed, reasoning=reasoning) == [expected]


def test_hidden_thoughts_are_known_as_such_in_the_next_turn() -> None:
    part = ThinkingPart(seal=OTHERS, redacted=True)
    (written,) = parts_of(part)
    assert part_of(msgspec.Raw(json.dumps(written).encode()), "p", "") == part


def test_citations_are_grounding() -> None:
    text = TextPart(text="ab", annotations=(Annotation(url="u", start=0, end=1),))
    one = told(ChatReply(dialect="openai.chat", choices=(Choice(parts=(text,)),)))["candidates"][0]
    segment = {"startIndex": 0, "endIndex": 1, "text": "a"}
    assert one["groundingMetadata"]["groundingSupports"] == [{"segment": segment, "groundingChunkIndices": [0]}]
    two = told(ChatReply(dialect="openai.chat", choices=(Choice(parts=(text, text)),)))["candidates"][0]
    assert two["groundingMetadata"] == {"groundingChunks": [{"web": {"uri": "u"}}]}


def test_logprobs_are_written() -> None:
    choice = Choice(logprobs=msgspec.Raw(b'[{"token":"a","logprob":-1.0}]'))
    one = told(ChatReply(dialect="openai.chat", choices=(choice,)))["candidates"][0]
    assert one["logprobsResult"] == {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}


@pytest.mark.parametrize(
    "body",
    [
        event(
            {"text": "t", "thought": True, "x": 1},
            {"text": "a", "thoughtSignature": "s"},
            {"functionCall": {"name": "f", "args": {}}},
            {"functionCall": {"id": "c", "name": "f", "args": {"a": 1}, "partialArgs": []}},
            {"executableCode": {"code": "1"}},
            {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
            finish="TOO_MANY_TOOL_CALLS",
            index=0,
            modelVersion="m",
            responseId="r",
            createTime="2026-01-01T00:00:00.5Z",
            usageMetadata={"promptTokenCount": 1, "totalTokenCount": 1, "trafficType": "ON_DEMAND"},
            modelStatus={},
        ),
        {
            "candidates": [
                {
                    "content": {"role": "model", "parts": [], "y": 1},
                    "index": 0,
                    "groundingMetadata": {},
                    "avgLogprobs": -1,
                }
            ],
            "modelVersion": "m",
            "responseId": "r",
        },
        {"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "m", "responseId": "r"},
    ],
)
def test_geminis_own_answer_comes_back_as_it_was(body: dict[str, Any]) -> None:
    reply = decode_reply(json.dumps(body).encode(), "call_9")
    assert told(reply, None) == body


def test_geminis_own_answer_without_usage_has_none() -> None:
    reply = decode_reply(json.dumps(event({"text": "a"})).encode(), "call_9")
    assert "usageMetadata" not in told(reply)
